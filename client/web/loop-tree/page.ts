/** Puts the loop tree page together: record, steps with their slider, figure, details; keeps them and the editor in step. */
import type { PageHost } from '../../../server/src/protocol/page.js';
import type { RecordRef } from '../../../server/src/protocol/editor-commands.js';
import type { LoopNode, LoopTreeStep, LoopTreeView } from '../../../server/src/protocol/loop-tree-view.js';
import { announce } from '../base/announce.js';
import { h, replace } from '../base/element.js';
import { figurePng, figureSvg } from '../base/export-figure.js';
import { onKind, showProblem } from '../base/page.js';
import { recordLine } from '../base/record-line.js';
import { t } from '../base/setup.js';
import { nodeWords } from './node-words.js';
import { TreeFigure } from './tree-figure.js';

/** What stays over a reload: the step shown and the node selected. */
interface Kept { readonly step?: number; readonly selected?: string }

function recordParams(params: unknown): RecordRef {
  const { uri, line }: { readonly uri?: unknown; readonly line?: unknown } = typeof params === 'object' && params !== null ? params : {};
  if (typeof uri !== 'string' || typeof line !== 'number') throw new Error(t('Open a tuning log and put the cursor on a record first.'));
  return { uri, line };
}

export async function startLoopTree(host: PageHost, root: HTMLElement): Promise<void> {
  let record = recordParams(host.params);
  const view = await host.request('loopTree', record);
  const page = new LoopTreePage(host, root);
  const kept: Kept = typeof host.getState() === 'object' && host.getState() !== null ? Object(host.getState()) : {};
  page.show(view, kept.step, kept.selected);

  let asked = 0;
  const load = async (next: RecordRef, step: number | undefined, quiet: boolean): Promise<void> => {
    const mine = ++asked;
    try {
      const fresh = await host.request('loopTree', next);
      if (mine !== asked) return;
      record = next;
      page.show(fresh, step);
    } catch (error) {
      // The cursor may stand on anything; only what a person asked for by name is reported.
      if (!quiet && mine === asked) showProblem(root, error, () => void load(next, step, false));
    }
  };
  onKind(host, 'params', ({ params }) => void load(recordParams(params), undefined, false));
  onKind(host, 'changed', ({ uri }) => {
    if (uri === record.uri) void load(record, page.step, true);
  });
  onKind(host, 'selection', ({ uri, line, step }) => {
    if (uri === record.uri && line === record.line) page.follow(step);
    else void load({ uri, line }, step, true);
  });
}

class LoopTreePage {
  private view: LoopTreeView | undefined;
  private at = 0;
  private readonly head = h('header', { class: 'head' });
  private readonly remarks = h('div', { class: 'remarks' });
  private readonly slider = h('input', { type: 'range', min: 0, max: 0, value: 0, id: 'step', 'aria-label': t('Transform step'), oninput: () => this.go(Number(this.slider.value), true) });
  private readonly count = h('output', { for: 'step', class: 'muted' });
  private readonly list = h('ol', { class: 'steps', role: 'listbox', 'aria-label': t('Transform steps'), tabindex: '0', onkeydown: (event: KeyboardEvent) => this.stepKey(event) });
  private readonly details = h('p', { class: 'details', id: 'details' });
  private readonly found = h('output', { class: 'muted' });
  private readonly search = h('input', { type: 'search', placeholder: t('Search loops and stages'), 'aria-label': t('Search loops and stages'), oninput: () => this.find(), onkeydown: (event: KeyboardEvent) => this.searchKey(event) });
  private readonly figure: TreeFigure;
  private readonly legend: HTMLElement;

  constructor(private readonly host: PageHost, root: HTMLElement) {
    this.figure = new TreeFigure({ label: t('Loop tree'), onSelect: (node) => this.tell(node), onOpen: (node) => this.open(node) });
    this.legend = legend();
    const button = (label: string, text: string, run: () => void): HTMLElement => h('button', { type: 'button', class: 'quiet', title: label, 'aria-label': label, onclick: run }, text);
    replace(root, h('div', { class: 'page' },
      h('div', { class: 'top' }, this.head,
        h('div', { class: 'tools', role: 'toolbar', 'aria-label': t('Figure') }, this.search, this.found,
          button(t('Zoom out'), '−', () => this.figure.zoomBy(1 / 1.2)), button(t('Zoom in'), '+', () => this.figure.zoomBy(1.2)), button(t('Fit into the window'), t('Fit'), () => this.figure.fit()),
          button(t('Reset the zoom'), t('Reset'), () => this.figure.actualSize()), h('span', { class: 'gap' }),
          button(t('Save as SVG'), 'SVG', () => void this.save('svg')), button(t('Save as PNG'), 'PNG', () => void this.save('png')), button(t('Copy the state text'), t('Copy'), () => void this.copy()))),
      this.remarks,
      h('div', { class: 'body' },
        h('section', { class: 'side', 'aria-label': t('Transform steps') },
          h('div', { class: 'slide' }, button(t('Previous step'), '‹', () => this.go(this.at - 1, true)), this.slider, button(t('Next step'), '›', () => this.go(this.at + 1, true)), this.count), this.list),
        h('section', { class: 'figure', 'aria-label': t('Loop tree') }, this.figure.element, this.details, this.legend))));
  }

  /** Of the record, from 0; -1 for the naive program. */
  get step(): number {
    return this.view?.steps[this.at]?.step ?? -1;
  }

  show(view: LoopTreeView, step?: number, selected?: string): void {
    this.view = view;
    const { record, steps, problem } = view;
    replace(this.head, ...recordLine(this.host, record));
    const said = [...(problem === null ? [] : [h('p', { class: 'warning', role: 'alert' }, problem)]), ...(record.remarks.length === 0 ? [] : [h('p', { class: 'muted' }, record.remarks.join(' '))])];
    replace(this.remarks, said);
    void this.host.request('title', { title: `${t('Loop Tree')}: ${record.task} ${record.log}:${record.line}` });
    this.slider.max = String(Math.max(0, steps.length - 1));
    replace(this.list, steps.map((one, k) => h('li', { role: 'option', id: `step-${k}`, 'aria-selected': 'false', onclick: () => this.go(k, true), ondblclick: () => this.revealStep(k) },
      h('span', { class: 'number' }, one.step < 0 ? '·' : String(one.step)), h('span', {}, one.sentence))));
    this.at = -1;
    const wanted = step === undefined ? steps.length - 1 : steps.findIndex((one) => one.step === step);
    this.go(wanted < 0 ? steps.length - 1 : wanted, false);
    if (selected !== undefined) this.figure.select(selected);
    this.figure.element.toggleAttribute('hidden', steps.length === 0);
  }

  /** The cursor in the text stands in a step. */
  follow(step: number | undefined): void {
    const at = this.view?.steps.findIndex((one) => one.step === step) ?? -1;
    if (at >= 0) this.go(at, false);
  }

  private go(to: number, tell: boolean): void {
    const steps = this.view?.steps ?? [];
    const at = Math.max(0, Math.min(to, steps.length - 1));
    const step = steps[at];
    if (step === undefined || at === this.at) return;
    this.at = at;
    this.slider.value = String(at);
    this.slider.setAttribute('aria-valuetext', `${at}: ${step.sentence}`);
    this.count.textContent = t('{step} of {steps}', { step: at, steps: steps.length - 1 });
    [...this.list.children].forEach((item, k) => {
      item.setAttribute('aria-selected', k === at ? 'true' : 'false');
      if (k === at) item.scrollIntoView({ block: 'nearest' });
    });
    this.list.setAttribute('aria-activedescendant', `step-${at}`);
    this.figure.show(step);
    const changed = firstChanged(step);
    if (tell && changed !== undefined) this.figure.select(changed, { tell: false });
    this.tell(this.figure.selected);
    if (tell) {
      announce(changeWords(step));
      if (step.step >= 0) this.revealStep(at, false);
    }
    this.keep();
  }

  private stepKey(event: KeyboardEvent): void {
    const last = (this.view?.steps.length ?? 1) - 1;
    const to = event.key === 'ArrowDown' ? this.at + 1 : event.key === 'ArrowUp' ? this.at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? last : undefined;
    if (to !== undefined) {
      event.preventDefault();
      this.go(to, true);
    } else if (event.key === 'Enter') this.revealStep(this.at);
  }

  /** Shows the step in the text; `focus` moves there too. */
  private revealStep(at: number, focus = true): void {
    const step = this.view?.steps[at];
    if (this.view === undefined || step === undefined) return;
    const { uri, line } = this.view.record;
    if (!focus && this.host.window !== 'editor') return;
    void this.host.request('reveal', { uri, line, focus, ...(step.step >= 0 && { step: step.step }) });
  }

  /** The step that changed a node last, up to the one shown. */
  private madeBy(node: LoopNode): LoopTreeStep | undefined {
    return this.view?.steps.slice(0, this.at + 1).findLast((step) => step.changes[node.id] !== undefined);
  }

  private open(node: LoopNode): void {
    const step = this.madeBy(node);
    const at = step === undefined ? -1 : (this.view?.steps.indexOf(step) ?? -1);
    this.revealStep(at < 0 ? 0 : at);
  }

  private tell(node: LoopNode | undefined): void {
    if (node === undefined) return;
    const step = this.madeBy(node);
    replace(this.details, nodeWords(node), step !== undefined && step.step >= 0 && h('span', { class: 'muted' }, ` — ${t('step {step}: {sentence}', { step: step.step, sentence: step.sentence })}`));
    this.keep();
  }

  private keep(): void {
    const { selected } = this.figure;
    this.host.setState({ step: this.step, ...(selected !== undefined && { selected: selected.id }) } satisfies Kept);
  }

  private find(): void {
    const n = this.figure.search(this.search.value);
    this.found.textContent = this.search.value.trim() === '' ? '' : n === 1 ? t('1 found') : t('{count} found', { count: n });
  }

  private searchKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.figure.nextMatch(event.shiftKey);
    if (event.key === 'Escape') {
      this.search.value = '';
      this.find();
    }
  }

  private async save(format: 'svg' | 'png'): Promise<void> {
    if (this.view === undefined) return;
    const { width, height } = this.figure.extent;
    const { task, line } = this.view.record;
    const name = `${task}-${line}-step-${this.step}.${format}`;
    const figure = this.figure.element;
    const saved = format === 'svg'
      ? await this.host.request('save', { name, data: figureSvg(figure, width, height) })
      : await this.host.request('save', { name, data: await figurePng(figure, width, height), encoding: 'base64' });
    if (saved) announce(t('saved'));
  }

  private async copy(): Promise<void> {
    await this.host.request('copy', { text: this.view?.steps[this.at]?.text ?? '' });
    announce(t('copied'));
  }
}

function firstChanged(step: LoopTreeStep): string | undefined {
  const first = (nodes: readonly LoopNode[]): string | undefined => {
    for (const node of nodes) {
      const found = step.changes[node.id] === undefined ? first(node.children) : node.id;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return first(step.roots);
}

function changeWords(step: LoopTreeStep): string {
  const kinds = Object.values(step.changes);
  const added = kinds.filter((kind) => kind === 'added').length;
  return `${step.sentence}. ${t('{added} new, {changed} changed, {removed} gone', { added, changed: kinds.length - added, removed: step.removed })}`;
}

function legend(): HTMLElement {
  const item = (kind: string, text: string): HTMLElement => h('li', {}, h('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }), text);
  return h('footer', { class: 'legend' },
    h('ul', { 'aria-label': t('Colours') }, item('parallel', 'parallel'), item('vectorize', 'vectorize'), item('unroll', 'unroll'), item('reduce', t('reduction')), item('plain', t('spatial')), item('stage', t('stage'))),
    h('span', { class: 'muted' }, t('touches: bytes of distinct elements that one run of the loop reads and writes. work: share of arithmetic and memory operations, an estimate without caches.')));
}
