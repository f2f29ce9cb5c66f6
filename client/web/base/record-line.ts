/** The line above a record's page: task, time with its noise, best or not, where it stands. */
import type { PageHost } from '../../../server/src/protocol/page.js';
import type { RecordHead } from '../../../server/src/protocol/loop-tree-view.js';
import { h } from './element.js';
import { milliseconds, threeDigits } from './numbers.js';
import { t } from './setup.js';

/** `1.7 ms · 158 GFLOP/s · 3 runs, 1.68 ms to 1.72 ms`, or what failed. */
export function figuresText({ figures }: RecordHead): string {
  if (figures.meanMs === null) return figures.error ?? t('failed');
  const parts = [milliseconds(figures.meanMs)];
  if (figures.gflops !== null) parts.push(`${threeDigits(figures.gflops)} GFLOP/s`);
  if (figures.repeats > 1 && figures.minMs !== null && figures.maxMs !== null) parts.push(t('{count} runs, {low} to {high}', { count: figures.repeats, low: milliseconds(figures.minMs), high: milliseconds(figures.maxMs) }));
  else parts.push(t('one run'));
  if (figures.predicted !== null) parts.push(t('predicted score {score}', { score: threeDigits(figures.predicted) }));
  return parts.join(' · ');
}

export function recordPlace(host: PageHost, { uri, line, log }: RecordHead): HTMLElement {
  return h('button', { type: 'button', class: 'quiet link', title: t('Show this record in its log'), onclick: () => void host.request('reveal', { uri, line, focus: true }) }, `${log}:${line}`);
}

export function recordLine(host: PageHost, record: RecordHead): HTMLElement[] {
  return [
    h('h1', { title: record.key }, record.task),
    h('span', { class: record.figures.meanMs === null ? 'figures failed' : 'figures' }, figuresText(record)),
    ...(record.bestLine === record.line ? [h('span', { class: 'badge best' }, `★ ${t('best')}`)] : []),
    recordPlace(host, record),
  ];
}
