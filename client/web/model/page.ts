/** The page of an `.onnx` model: what is in its graph, the tasks that it gives, what its log knows about them. */
import type { ModelAlgorithm, ModelTask, ModelView } from '../../../server/src/protocol/model-view.js';
import type { PageHost } from '../../../server/src/protocol/page.js';
import { h, replace } from '../base/element.js';
import { t } from '../base/setup.js';
import { bytes, count, flops, gflops, percent, time } from '../kit/format.js';
import { pathUri } from '../kit/uri.js';

type SortField = 'share' | 'name' | 'weight' | 'flops' | 'bestMs' | 'gflops' | 'records';

const CALM_MS = 1500;

export class ModelPage {
  private view: ModelView | undefined;
  private sort: { readonly field: SortField; readonly descending: boolean } = { field: 'share', descending: true };
  private open = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly root: HTMLElement, private readonly host: PageHost, private readonly uri: string, private readonly log: string | undefined) {
    replace(root, h('p', { class: 'muted pad', role: 'status' }, t('Reading the model…')));
    host.onEvent((event) => {
      const concerned = event.kind === 'session' ? pathUri(event.state.info.model) === this.uri : event.kind === 'changed' && event.uri === this.uri;
      if (concerned) this.timer ??= setTimeout(() => void this.refresh(), CALM_MS);
    });
  }

  async refresh(): Promise<void> {
    this.timer = undefined;
    this.view = await this.host.request('model', { uri: this.uri, ...(this.log !== undefined && { log: this.log }) });
    this.draw();
  }

  private draw(): void {
    const { view } = this;
    if (view === undefined) return;
    const focus = document.activeElement?.getAttribute('data-key');
    const { scrollTop } = this.root;
    replace(this.root, h('div', { class: 'model' }, this.head(view), view.problem === null ? '' : h('p', { class: 'problem', role: 'alert' }, view.problem),
      view.tasks.length === 0 ? '' : this.tasks(view), this.operators(view), this.ports(t('Inputs'), view.inputs), this.ports(t('Outputs'), view.outputs)));
    this.root.scrollTop = scrollTop;
    if (focus !== null && focus !== undefined) this.root.querySelector<HTMLElement>(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  }

  private button(key: string, text: string, run: () => void, className = ''): HTMLElement {
    return h('button', { type: 'button', class: className, 'data-key': key, onclick: run }, text);
  }

  private head(view: ModelView): HTMLElement {
    const fact = (name: string, value: string, className = ''): HTMLElement => h('div', { class: `fact ${className}` }, h('dt', {}, name), h('dd', {}, value));
    const editor = this.host.window === 'editor';
    const { log } = view;
    return h('header', {}, h('h1', { title: view.file }, view.name),
      h('dl', { class: 'facts' },
        fact(t('Latency (sum of bests)'), time(view.latencyMs), 'large'),
        fact(t('Covered by the log'), percent(view.coverage)), fact(t('Work'), view.tasks.length === 0 ? '–' : flops(view.flops)), fact(t('Tasks'), count(view.tasks.length)),
        fact(t('Nodes'), count(view.nodes)), fact(t('Weights'), `${count(view.parameters)} (${bytes(view.weightBytes)})`), fact(t('Operator set'), String(view.opset)), fact(t('File'), bytes(view.bytes))),
      h('div', { class: 'tools', role: 'toolbar', 'aria-label': t('Model') },
        editor && view.problem === null ? this.button('tune', t('Tune'), () => this.command('ansor.tuneCurrentModel', this.uri), 'primary') : '',
        log === null ? '' : this.button('dashboard', t('Dashboard'), () => (editor ? this.command('ansor.openLogInDashboard', pathUri(log)) : void this.host.request('openPage', { page: 'dashboard', params: { uri: pathUri(log) } }))),
        log === null ? '' : this.button('records', t('Records'), () => void this.host.request('openPage', { page: 'record-table', params: { uri: pathUri(log) } })),
        log === null || !editor ? '' : this.button('log', t('Open Log'), () => void this.host.request('reveal', { uri: pathUri(log), line: 1, focus: true })),
        log === null ? h('span', { class: 'muted' }, t('Not tuned yet: there is no log beside it.')) : ''));
  }

  private command(command: string, argument: unknown): void {
    void this.host.request('command', { command, argument });
  }

  private tasks(view: ModelView): HTMLElement {
    const { field, descending } = this.sort;
    const sign = descending ? -1 : 1;
    const value = (task: ModelTask): number | string => task[field] ?? Infinity;
    const sorted = [...view.tasks].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      return sign * (typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x === y ? 0 : x - y);
    });
    const head = (id: SortField, title: string, number = true): HTMLElement => h('th', { scope: 'col', class: number ? 'number' : '', 'aria-sort': field === id ? (descending ? 'descending' : 'ascending') : 'none' },
      this.button(`sort ${id}`, `${title}${field === id ? (descending ? ' ↓' : ' ↑') : ''}`, () => {
        this.sort = { field: id, descending: field === id ? !descending : id !== 'name' && id !== 'bestMs' };
        this.draw();
      }, 'quiet head'));
    return h('section', {}, h('h2', {}, t('Tasks')),
      h('p', { class: 'muted' }, t('Equal layers are one task. Further calls, which only move data or add elements and are not tuned: {count}.', { count: count(view.simpleCalls) })),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('Tasks') }, h('table', { class: 'list' }, h('thead', {}, h('tr', {}, head('name', t('Task'), false), h('th', { scope: 'col' }, t('Output')), head('weight', t('Layers')), head('flops', t('Work')), head('share', t('Share')), head('bestMs', t('Best')), head('gflops', t('Speed')), head('records', t('Records')))),
        sorted.map((task) => this.task(task, view)))));
  }

  private task(task: ModelTask, view: ModelView): HTMLElement {
    const { log } = view;
    const open = this.open.has(task.key);
    const toggle = (): void => {
      if (!this.open.delete(task.key)) this.open.add(task.key);
      this.draw();
    };
    const other = usedOf(task);
    return h('tbody', {}, h('tr', {},
      h('th', { scope: 'row' }, h('button', { type: 'button', class: 'quiet name', 'aria-expanded': String(open), onclick: toggle, 'data-key': task.key }, h('span', { class: 'twist', 'aria-hidden': 'true' }, open ? '▾' : '▸'), task.name),
        other === undefined ? '' : h('span', { class: 'badge', title: t('The fastest algorithm in the log') }, other.name)),
      h('td', { class: 'mono' }, task.output), h('td', { class: 'number' }, count(task.weight)), h('td', { class: 'number' }, flops(task.flops)),
      h('td', { class: 'number' }, h('span', { class: 'bar', style: `--share: ${(task.share * 100).toFixed(1)}%` }, percent(task.share))),
      h('td', { class: 'number' }, this.best(task, `best ${task.key}`, log)),
      h('td', { class: 'number' }, gflops(task.gflops)), h('td', { class: 'number' }, records(task))),
    open ? h('tr', {}, h('td', { colspan: 8 }, this.detail(task, log))) : '');
  }

  /** The best time, which leads to its record. */
  private best({ bestMs, bestLine }: Pick<ModelTask, 'bestMs' | 'bestLine'>, key: string, log: string | null): HTMLElement | string {
    if (bestLine === null || log === null) return time(bestMs);
    return h('button', { type: 'button', class: 'quiet link', 'data-key': key, title: t('Show the record at line {line}', { line: bestLine }), onclick: () => void this.host.request('reveal', { uri: pathUri(log), line: bestLine, focus: true }) }, time(bestMs));
  }

  private detail(task: ModelTask, log: string | null): HTMLElement {
    const { bestLine, algorithms } = task;
    const used = usedOf(task) ?? algorithms[0];
    return h('div', {}, algorithms.length < 2 ? '' : this.algorithms(task, used, log), h('pre', { tabindex: 0 }, task.tc),
      bestLine === null || log === null ? '' : h('div', { class: 'tools' }, this.button(`tree ${task.key}`, t('Loop Tree of the Best'), () => this.tree(log, bestLine))));
  }

  /** The algorithms that are tuned beside each other. */
  private algorithms({ key, bestMs, algorithms }: ModelTask, used: ModelAlgorithm | undefined, log: string | null): HTMLElement {
    const head = (title: string, number = true): HTMLElement => h('th', { scope: 'col', class: number ? 'number' : '' }, title);
    return h('table', { class: 'list algorithms' }, h('thead', {}, h('tr', {}, head(t('Algorithm'), false), head(t('Work')), head(t('Best')), head(t('Records')), h('th', { scope: 'col' }, h('span', { class: 'sr-only' }, t('Choice'))))),
      h('tbody', {}, algorithms.map((one) => h('tr', {}, h('th', { scope: 'row' }, one.name === 'direct' ? t('direct') : one.name), h('td', { class: 'number' }, flops(one.flops)),
        h('td', { class: 'number' }, this.best(one, `best ${key} ${one.name}`, log)), h('td', { class: 'number' }, records(one)), h('td', {}, bestMs !== null && one === used ? t('fastest') : '')))));
  }

  private tree(log: string, line: number): void {
    const record = { uri: pathUri(log), line };
    if (this.host.window === 'editor') this.command('ansor.showLoopTree', record);
    else void this.host.request('openPage', { page: 'loop-tree', params: record });
  }

  private operators(view: ModelView): HTMLElement | string {
    if (view.operators.length === 0) return '';
    const missing = view.operators.filter((o) => !o.supported);
    return h('section', {}, h('h2', {}, t('Operators')),
      missing.length === 0 ? '' : h('p', { class: 'unsupported' }, t('Not supported: {names}', { names: missing.map((o) => o.name).join(', ') })),
      h('ul', { class: 'operators' }, view.operators.map((o) => h('li', { class: o.supported ? '' : 'unsupported' }, o.name, ' ', h('span', { class: 'badge' }, count(o.count)), o.supported ? '' : h('span', { class: 'sr-only' }, ` ${t('not supported')}`)))));
  }

  private ports(title: string, names: readonly string[]): HTMLElement | string {
    return names.length === 0 ? '' : h('section', {}, h('h2', {}, title), h('ul', { class: 'ports' }, names.map((name) => h('li', {}, h('code', {}, name)))));
  }
}

function records({ records, errors }: Pick<ModelTask, 'records' | 'errors'>): string {
  return errors === 0 ? count(records) : `${count(records)} (−${count(errors)})`;
}

/** The algorithm that the best record takes; undefined for the task's own form. */
function usedOf({ bestLine, algorithms }: ModelTask): ModelAlgorithm | undefined {
  return bestLine === null ? undefined : algorithms.slice(1).find((one) => one.bestLine === bestLine);
}
