/**
 * A chart of times over trials or seconds: step lines of what is best so far, faint dots for the records, ticks below for the failed ones;
 * logarithmic times. Pointer and arrow keys walk over its points; a table says the same to those who do not see it.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import { h, svg } from '../base/element.js';

export interface ChartLine {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Line of the log behind each point. */
  readonly place: readonly number[];
  readonly className: string;
}

export interface ChartDots { readonly x: readonly number[]; readonly y: readonly (number | null)[]; readonly place: readonly number[]; readonly className: string }

export interface ChartData {
  readonly label: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly ChartLine[];
  readonly dots: readonly ChartDots[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** Linear, from 0; default: logarithmic. */
  readonly linear?: boolean;
  readonly onOpen?: (place: number) => void;
  readonly xHead: string;
}

const MARGIN = { left: 56, right: 10, top: 8, bottom: 30 };
const TICKS_ROOM = 12;

interface Point { readonly x: number; readonly y: number; readonly name: string; readonly place: number; readonly px: number; readonly py: number }

export function chart(data: ChartData, width: number, height: number): HTMLElement {
  const ys = [...data.lines.flatMap((l) => l.y), ...data.dots.flatMap((d) => d.y.filter((y) => y !== null))];
  const xs = [...data.lines, ...data.dots].flatMap((l) => [l.x[0] ?? 0, l.x.at(-1) ?? 0]);
  if (xs.length === 0) return h('div', { class: 'chart' });
  const failed = data.dots.some((d) => d.y.includes(null));
  const bottom = height - MARGIN.bottom - (failed ? TICKS_ROOM : 0);
  const x = scaleLinear([Math.min(...xs), Math.max(...xs, 1)], [MARGIN.left, width - MARGIN.right]);
  let low = Infinity;
  let high = -Infinity;
  for (const y of ys) {
    if (y < low) low = y;
    if (y > high) high = y;
  }
  if (!(high > 0)) [low, high] = [1, 10];
  const y = data.linear === true ? scaleLinear([0, high * 1.05], [bottom, MARGIN.top]) : scaleLog([low / 1.15, high * 1.15], [bottom, MARGIN.top]);
  const yTicks = data.linear === true ? y.ticks(4) : logTicks(low / 1.15, high * 1.15);
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': data.label, tabindex: 0, class: 'chart-picture' },
    svg('g', { class: 'axis' },
      ...yTicks.flatMap((tick) => [
        svg('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick), class: 'rule' }),
        svg('text', { x: MARGIN.left - 6, y: y(tick) + 3.5, 'text-anchor': 'end' }, data.formatY(tick)),
      ]),
      ...labelled(x.ticks(Math.max(2, Math.floor(width / 90))), data.formatX).map((tick) => svg('text', { x: x(tick), y: height - 16, 'text-anchor': 'middle' }, data.formatX(tick))),
      svg('text', { x: width - MARGIN.right, y: height - 3, 'text-anchor': 'end', class: 'axis-name' }, data.xLabel)),
    svg('g', {}, ...data.dots.map((d) => dotPath(d, x, y, bottom))),
    ...data.lines.map((l) => svg('path', { class: `best ${l.className}`, d: line<number>().x((i) => x(l.x[i] ?? 0)).y((i) => y(l.y[i] ?? 1)).curve(curveStepAfter)(l.x.map((_, i) => i)) ?? '' })));
  const points = [
    ...data.lines.flatMap((l) => l.x.map((v, i): Point => ({ x: v, y: l.y[i] ?? 0, name: l.name, place: l.place[i] ?? 0, px: x(v), py: y(l.y[i] ?? 1) }))),
    ...data.dots.flatMap((d) => d.x.flatMap((v, i): Point[] => {
      const value = d.y[i];
      return value === null || value === undefined ? [] : [{ x: v, y: value, name: '', place: d.place[i] ?? 0, px: x(v), py: y(value) }];
    })),
  ].sort((a, b) => a.px - b.px);
  const tip = h('div', { class: 'tip', role: 'status' });
  const mark = svg('circle', { r: 4, class: 'mark', visibility: 'hidden' });
  picture.append(mark);
  const box = h('div', { class: 'chart' }, picture, tip, twin(data));
  walk(picture, points, (point) => {
    mark.setAttribute('visibility', point === undefined ? 'hidden' : 'visible');
    tip.textContent = point === undefined ? '' : `${point.name === '' ? '' : `${point.name}: `}${data.formatY(point.y)} · ${data.xHead} ${data.formatX(point.x)}`;
    tip.hidden = point === undefined;
    if (point === undefined) return;
    mark.setAttribute('cx', String(point.px));
    mark.setAttribute('cy', String(point.py));
    tip.style.left = `${Math.min(width - 190, Math.max(0, point.px - 80))}px`;
    tip.style.top = `${point.py > 40 ? point.py - 34 : point.py + 12}px`;
  }, data.onOpen);
  tip.hidden = true;
  return box;
}

/** Ticks whose labels differ. */
function labelled(ticks: readonly number[], format: (x: number) => string): number[] {
  return ticks.filter((tick, i) => i === 0 || format(tick) !== format(ticks[i - 1] ?? 0));
}

function logTicks(low: number, high: number): number[] {
  const steps = high / low > 100 ? [1] : high / low > 12 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks.length >= 2 ? ticks : [low * 1.02, Math.sqrt(low * high), high / 1.02];
}

/** All dots as one path: thousands of elements would be slow. */
function dotPath(dots: ChartDots, x: (v: number) => number, y: (v: number) => number, bottom: number): SVGElement {
  const good: string[] = [];
  const bad: string[] = [];
  dots.x.forEach((value, i) => {
    const v = dots.y[i];
    if (v === null || v === undefined) bad.push(`M${x(value).toFixed(1)} ${bottom + 4}v6`);
    else good.push(`M${x(value).toFixed(1)} ${y(v).toFixed(1)}h0`);
  });
  return svg('g', { class: dots.className }, svg('path', { class: 'dots', d: good.join('') }), svg('path', { class: 'fails', d: bad.join('') }));
}

/** Shows the point under the pointer; arrow keys go from point to point, Enter opens its record. */
function walk(picture: SVGSVGElement, points: readonly Point[], show: (point: Point | undefined) => void, open: ((place: number) => void) | undefined): void {
  let at = -1;
  const go = (to: number): void => {
    at = to;
    show(points[at]);
  };
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect();
    const scale = picture.viewBox.baseVal.width / box.width;
    const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let nearest = -1;
    let best = 24 * 24;
    points.forEach((p, i) => {
      const d = (p.px - px) ** 2 + (p.py - py) ** 2;
      if (d < best) [best, nearest] = [d, i];
    });
    go(nearest);
  });
  picture.addEventListener('pointerleave', () => go(-1));
  picture.addEventListener('blur', () => go(-1));
  picture.addEventListener('click', () => {
    const place = points[at]?.place;
    if (place !== undefined && place > 0) open?.(place);
  });
  picture.addEventListener('keydown', (event) => {
    const steps: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at < 0 ? points.length - 1 : at - 1, Home: 0, End: points.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) go(Math.max(0, Math.min(points.length - 1, to)));
    else if (event.key === 'Enter' && at >= 0) open?.(points[at]?.place ?? 0);
    else if (event.key === 'Escape') go(-1);
    else return;
    event.preventDefault();
  });
}

/** The lines as a table, for those who read instead of look. */
function twin(data: ChartData): HTMLElement {
  const rows = data.lines.flatMap((l) => l.x.map((x, i) => h('tr', {}, h('td', {}, l.name), h('td', {}, data.formatX(x)), h('td', {}, data.formatY(l.y[i] ?? 0)))));
  return h('table', { class: 'sr-only twin' }, h('caption', {}, data.label),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, data.yLabel), h('th', { scope: 'col' }, data.xHead), h('th', { scope: 'col' }, data.label))), h('tbody', {}, rows.slice(-200)));
}
