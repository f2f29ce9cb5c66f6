/** The measured times of both records as bars with their spread, and the cost model's scores. */
import { scaleLinear } from 'd3-scale';
import type { RecordHead } from '../../../server/src/protocol/loop-tree-view.js';
import { h, svg } from '../base/element.js';
import { milliseconds, threeDigits } from '../base/numbers.js';
import { figuresText } from '../base/record-line.js';
import { t } from '../base/setup.js';

const WIDTH = 220;

export function timesTable(left: RecordHead, right: RecordHead, place: (record: RecordHead) => HTMLElement): HTMLElement {
  const longest = Math.max(0, ...[left, right].map(({ figures }) => figures.maxMs ?? 0));
  const x = scaleLinear().domain([0, longest > 0 ? longest : 1]).range([0, WIDTH]);
  const row = (side: string, record: RecordHead): HTMLElement => {
    const { figures } = record;
    return h('tr', {},
      h('th', { scope: 'row' }, side), h('td', {}, place(record), record.bestLine === record.line && h('span', { class: 'badge best' }, `★ ${t('best')}`)),
      h('td', { class: 'bar-cell' }, bar(figures.meanMs, figures.minMs, figures.maxMs, x)),
      h('td', { class: figures.meanMs === null ? 'failed' : '', title: figuresText(record) }, figures.meanMs === null ? (figures.error ?? t('failed')) : milliseconds(figures.meanMs)),
      h('td', {}, figures.minMs === null || figures.maxMs === null ? '–' : figures.repeats > 1 ? `${milliseconds(figures.minMs)} – ${milliseconds(figures.maxMs)} (${figures.repeats})` : t('one run')),
      h('td', {}, figures.gflops === null ? '–' : `${threeDigits(figures.gflops)} GFLOP/s`), h('td', {}, figures.predicted === null ? '–' : threeDigits(figures.predicted)));
  };
  const head = (text: string): HTMLElement => h('th', { scope: 'col' }, text);
  return h('table', { class: 'times' },
    h('thead', {}, h('tr', {}, h('td', {}), head(t('record')), head(''), head(t('time')), head(t('least to most (runs)')), head(t('speed')), head(t('predicted score')))),
    h('tbody', {}, row(t('left'), left), row(t('right'), right)));
}

function bar(mean: number | null, least: number | null, most: number | null, x: (ms: number) => number): SVGElement | null {
  if (mean === null || least === null || most === null) return null;
  const spread = most > least;
  return svg('svg', { width: WIDTH + 2, height: 16, 'aria-hidden': 'true' },
    svg('rect', { class: 'time', x: 0, y: 3, width: Math.max(1, x(mean)), height: 10, rx: 2 }),
    spread && svg('path', { class: 'spread', d: `M${x(least)},8H${x(most)}M${x(least)},4v8M${x(most)},4v8` }));
}
