/** Predicted scores against measured speed: a cloud that rises from left to right is a model that can tell. */
import { scaleLinear } from 'd3-scale';
import type { DashboardView } from '../../../server/src/protocol/dashboard-view.js';
import { h, svg } from '../base/element.js';
import { t } from '../base/setup.js';
import { percent } from '../kit/format.js';

const MARGIN = { left: 44, right: 10, top: 8, bottom: 30 };

export function scatter(data: DashboardView['predictions'], names: readonly string[], width: number, height: number, open: (line: number) => void): HTMLElement {
  const low = data.predicted.reduce((a, b) => Math.min(a, b), Infinity);
  const high = data.predicted.reduce((a, b) => Math.max(a, b), -Infinity);
  const x = scaleLinear([low, high > low ? high : low + 1], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, 1], [height - MARGIN.bottom, MARGIN.top]);
  const label = t('Predicted score and measured speed of {count} records', { count: data.predicted.length });
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label, class: 'chart-picture' },
    svg('g', { class: 'axis' },
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((tick) => [
        svg('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick), class: 'rule' }), svg('text', { x: MARGIN.left - 6, y: y(tick) + 3.5, 'text-anchor': 'end' }, percent(tick)),
      ]),
      ...x.ticks(4).map((tick) => svg('text', { x: x(tick), y: height - 16, 'text-anchor': 'middle' }, String(Number(tick.toPrecision(3))))),
      svg('text', { x: width - MARGIN.right, y: height - 3, 'text-anchor': 'end', class: 'axis-name' }, t('predicted score'))),
    svg('path', { class: 'dots scatter', d: data.predicted.map((p, i) => `M${x(p).toFixed(1)} ${y(data.measured[i] ?? 0).toFixed(1)}h0`).join('') }));
  const tip = h('div', { class: 'tip', role: 'status', hidden: true });
  const nearest = (event: PointerEvent | MouseEvent): number => {
    const box = picture.getBoundingClientRect();
    let found = -1;
    let best = 200;
    data.predicted.forEach((p, i) => {
      const d = (x(p) - (event.clientX - box.left)) ** 2 + (y(data.measured[i] ?? 0) - (event.clientY - box.top)) ** 2;
      if (d < best) [best, found] = [d, i];
    });
    return found;
  };
  picture.addEventListener('pointermove', (event) => {
    const i = nearest(event);
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.textContent = `${names[data.task[i] ?? 0] ?? ''}: ${percent(data.measured[i] ?? 0)} · ${t('line {line}', { line: data.line[i] ?? 0 })}`;
    tip.style.left = `${Math.min(width - 200, Math.max(0, x(data.predicted[i] ?? 0) - 80))}px`;
    tip.style.top = `${Math.max(0, y(data.measured[i] ?? 0) - 34)}px`;
  });
  picture.addEventListener('pointerleave', () => (tip.hidden = true));
  picture.addEventListener('click', (event) => {
    const line = data.line[nearest(event)];
    if (line !== undefined) open(line);
  });
  return h('div', { class: 'chart' }, picture, tip, h('p', { class: 'muted axis-note' }, t('Up: measured speed, relative to the task\'s best')));
}
