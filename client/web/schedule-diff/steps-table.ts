/** The steps of both schedules, matched. */
import type { SideStep, StepMatch } from '../../../server/src/protocol/schedule-diff-view.js';
import { h } from '../base/element.js';
import { t } from '../base/setup.js';

const MARK = { same: ' ', changed: '~', removed: '−', added: '+' } as const;

/** `reveal`: shows a step of a side in its log. */
export function stepsTable(steps: readonly StepMatch[], onlyChanged: boolean, reveal: (side: 'left' | 'right', step: SideStep) => void): HTMLElement {
  const words = { same: t('equal'), changed: t('changed'), removed: t('only left'), added: t('only right') };
  const cell = (side: 'left' | 'right', step: SideStep | undefined): HTMLElement => h('td', {}, step !== undefined && h('button', {
    type: 'button', class: 'quiet step', title: t('Show this step in its log'), onclick: () => reveal(side, step),
  }, h('span', { class: 'number' }, step.step), step.sentence));
  const shown = steps.filter((step) => !onlyChanged || step.match !== 'same');
  return h('table', { class: 'steps-table' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, h('span', { class: 'sr-only' }, t('difference'))), h('th', { scope: 'col' }, t('left')), h('th', { scope: 'col' }, t('right')))),
    h('tbody', {}, shown.length === 0 && h('tr', {}, h('td', { colspan: 3, class: 'muted' }, t('All steps are equal.'))), shown.map(({ match, left, right }) => h('tr', { class: match },
      h('td', { class: 'match', title: words[match] }, h('span', { 'aria-hidden': 'true' }, MARK[match]), h('span', { class: 'sr-only' }, words[match])), cell('left', left), cell('right', right)))));
}
