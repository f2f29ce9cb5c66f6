/** Puts the schedule diff page together: the sentence, the figures, and tabs for trees, steps, schedule and code. */
import type { PageHost } from '../../../server/src/protocol/page.js';
import type { RecordPair } from '../../../server/src/protocol/editor-commands.js';
import type { LoopNode } from '../../../server/src/protocol/loop-tree-view.js';
import type { ScheduleDiffView } from '../../../server/src/protocol/schedule-diff-view.js';
import { TreeFigure } from '../loop-tree/tree-figure.js';
import { nodeWords } from '../loop-tree/node-words.js';
import { h, replace } from '../base/element.js';
import { onKind, showProblem } from '../base/page.js';
import { recordPlace } from '../base/record-line.js';
import { roving } from '../base/roving.js';
import { t } from '../base/setup.js';
import { loadDiffEditor, type DiffEditor } from './diff-editor.js';
import { stepsTable } from './steps-table.js';
import { timesTable } from './times.js';

const TABS = ['trees', 'steps', 'schedule', 'code'] as const;
type Tab = (typeof TABS)[number];

interface Kept { readonly tab?: Tab }

function pairParams(params: unknown): RecordPair {
  const { left, right }: Partial<RecordPair> = typeof params === 'object' && params !== null ? params : {};
  if (left === undefined || right === undefined) throw new Error(t('Choose two records to compare.'));
  return { left, right };
}

export async function startScheduleDiff(host: PageHost, root: HTMLElement): Promise<void> {
  let pair = pairParams(host.params);
  const kept: Kept = typeof host.getState() === 'object' && host.getState() !== null ? Object(host.getState()) : {};
  let page = new SchedulePage(host, root, await host.request('scheduleDiff', pair), kept.tab ?? 'trees', () => void load({ left: pair.right, right: pair.left }));
  const load = async (next: RecordPair): Promise<void> => {
    try {
      const view = await host.request('scheduleDiff', next);
      pair = next;
      page = new SchedulePage(host, root, view, page.tab, () => void load({ left: pair.right, right: pair.left }));
    } catch (error) {
      showProblem(root, error, () => void load(next));
    }
  };
  onKind(host, 'params', ({ params }) => void load(pairParams(params)));
  onKind(host, 'changed', ({ uri }) => {
    if (uri === pair.left.uri || uri === pair.right.uri) void load(pair);
  });
  onKind(host, 'theme', () => page.editor?.setTheme());
}

class SchedulePage {
  tab: Tab;
  editor: DiffEditor | undefined;
  private readonly panel = h('div', { class: 'panel', role: 'tabpanel', id: 'panel', tabindex: '0' });
  private readonly tabs: ReadonlyMap<Tab, HTMLElement>;
  private onlyChanged = false;

  constructor(private readonly host: PageHost, root: HTMLElement, private readonly view: ScheduleDiffView, tab: Tab, swap: () => void) {
    this.tab = tab;
    const names: Readonly<Record<Tab, string>> = { trees: t('Loop trees'), steps: t('Steps'), schedule: t('Schedule'), code: t('Generated code') };
    this.tabs = new Map(TABS.map((one) => [one, h('button', { type: 'button', role: 'tab', id: `tab-${one}`, 'aria-controls': 'panel', onclick: () => this.open(one) }, names[one])]));
    const bar = h('div', { class: 'tabs', role: 'tablist', 'aria-label': t('Parts of the comparison') }, [...this.tabs.values()]);
    const { left, right } = view;
    const problems = [left, right].flatMap(({ problem, record }) => (problem === null ? [] : [h('p', { class: 'warning' }, `${record.log}:${record.line}: ${problem}`)]));
    replace(root, h('div', { class: 'page' },
      h('header', { class: 'summary' },
        h('div', { class: 'head' }, h('h1', { title: left.record.key }, left.record.task), left.record.key !== right.record.key && h('span', { class: 'badge' }, t('different tasks: {task}', { task: right.record.task })),
          h('button', { type: 'button', title: t('Exchange left and right'), onclick: swap }, t('Swap'))),
        h('p', { class: `sentence${view.ratio === null || view.withinNoise ? '' : view.ratio < 1 ? ' better' : ' worse'}`, role: 'status' }, view.sentence),
        timesTable(left.record, right.record, (record) => recordPlace(host, record)), problems),
      bar, this.panel));
    roving(bar, '[role=tab]');
    void host.request('title', { title: `${left.record.task} :${left.record.line} ↔ :${right.record.line}` });
    this.open(tab);
  }

  private open(tab: Tab): void {
    this.tab = tab;
    for (const [name, button] of this.tabs) {
      button.setAttribute('aria-selected', name === tab ? 'true' : 'false');
      button.tabIndex = name === tab ? 0 : -1;
    }
    this.panel.setAttribute('aria-labelledby', `tab-${tab}`);
    this.panel.className = `panel ${tab}`;
    this.host.setState({ tab } satisfies Kept);
    switch (tab) {
      case 'trees': return this.showTrees();
      case 'steps': return this.showSteps();
      case 'schedule': return void this.showTexts(this.view.left.scheduleText, this.view.right.scheduleText, 'python');
      case 'code': return void this.showTexts(this.view.left.code, this.view.right.code, this.view.codeLanguage);
    }
  }

  private showTrees(): void {
    const { nodes, left, right } = this.view;
    const [toRight, toLeft] = [new Map(nodes.map((n) => [n.left, n])), new Map(nodes.map((n) => [n.right, n]))];
    const details = h('p', { class: 'details' });
    const figures: { left?: TreeFigure; right?: TreeFigure } = {};
    const select = (side: 'left' | 'right', node: LoopNode): void => {
      const pair = side === 'left' ? toRight.get(node.id) : toLeft.get(node.id);
      const other = side === 'left' ? pair?.right : pair?.left;
      if (other !== undefined) figures[side === 'left' ? 'right' : 'left']?.select(other, { tell: false });
      const partner = other === undefined ? undefined : figures[side === 'left' ? 'right' : 'left']?.selected;
      details.textContent = partner === undefined ? `${nodeWords(node)} — ${side === 'left' ? t('only left') : t('only right')}` : pair?.match === 'same' ? nodeWords(node) : `${nodeWords(node)} ↔ ${nodeWords(partner)}`;
    };
    const figure = (side: 'left' | 'right'): TreeFigure => new TreeFigure({
      label: side === 'left' ? t('Left loop tree') : t('Right loop tree'), columns: false,
      onSelect: (node) => select(side, node),
      onOpen: () => void this.host.request('openPage', { page: 'loop-tree', params: { uri: this.view[side].record.uri, line: this.view[side].record.line } }),
      marks: (node) => {
        const match = (side === 'left' ? toRight : toLeft).get(node.id)?.match;
        return match === undefined || match === 'same' ? undefined : match;
      },
    });
    [figures.left, figures.right] = [figure('left'), figure('right')];
    const column = (side: 'left' | 'right'): HTMLElement => {
      const { tree } = this.view[side];
      if (tree !== null) figures[side]?.show(tree);
      const { element } = figures[side] ?? {};
      return h('section', { 'aria-label': side === 'left' ? t('left') : t('right') }, h('h2', {}, `${side === 'left' ? t('left') : t('right')} :${this.view[side].record.line}`), tree === null ? h('p', { class: 'muted' }, t('no loop tree')) : element);
    };
    replace(this.panel, h('div', { class: 'columns' }, column('left'), column('right')), details);
    const first = left.tree?.roots[0]?.id ?? right.tree?.roots[0]?.id;
    if (first !== undefined) (left.tree === null ? figures.right : figures.left).select(first);
  }

  private showSteps(): void {
    const changed = h('input', { type: 'checkbox', id: 'only-changed', onchange: () => {
      this.onlyChanged = changed.checked;
      this.showSteps();
      document.getElementById('only-changed')?.focus();
    } });
    changed.checked = this.onlyChanged;
    replace(this.panel, h('p', { class: 'options' }, changed, h('label', { for: 'only-changed' }, t('Only differences'))),
      stepsTable(this.view.steps, this.onlyChanged, (side, { step }) => {
        const { uri, line } = this.view[side].record;
        void this.host.request('reveal', { uri, line, step, focus: true });
      }));
  }

  private async showTexts(left: string | null, right: string | null, language: string): Promise<void> {
    const { tab } = this;
    if (left === null && right === null) return replace(this.panel, h('p', { class: 'muted' }, t('There is no text for either record.')));
    const place = h('div', { class: 'editor' });
    replace(this.panel, place);
    try {
      const part = await loadDiffEditor();
      if (this.tab !== tab) return;
      this.editor = part.create(place, tab === 'schedule' ? t('Schedule') : t('Generated code'));
      this.editor.show({ left: left ?? '', right: right ?? '', language });
    } catch (error) {
      showProblem(this.panel, error, () => void this.showTexts(left, right, language));
    }
  }
}
