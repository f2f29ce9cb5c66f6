/** The record table: a log of any size as rows that can be filtered, sorted, compared, copied and exported. */
import type { PageHost } from '../../../server/src/protocol/page.js';
import type { RecordRow, RowsAnswer } from '../../../server/src/protocol/record-table-view.js';
import { h, replace } from '../base/element.js';
import { t } from '../base/setup.js';
import { pathUri } from '../kit/uri.js';
import { bytes, count, gflops, percent, time } from '../kit/format.js';
import { Grid, type GridColumn } from './grid.js';

interface Sort { readonly field: string; readonly descending: boolean }
interface State { readonly filter: string; readonly sort?: Sort }

const FILTER_DELAY_MS = 150;
const GROWING_MS = 400;

function columns(): readonly GridColumn<RecordRow>[] {
  const when = (row: RecordRow): string => (row.time === 0 ? '' : new Date(row.time * 1000).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' }));
  return [
    { id: 'line', title: t('Line'), width: '64px', number: true, text: (r) => String(r.line) },
    { id: 'task', title: t('Task'), width: 'minmax(140px, 2fr)', text: (r) => r.task, tooltip: (r) => r.task },
    { id: 'ms', title: t('Time'), width: '112px', number: true, text: (r) => (r.error !== 0 ? r.errorName : `${r.winner ? '★ ' : ''}${time(r.ms)}`), className: (r) => (r.error !== 0 ? 'error' : r.winner ? 'winner' : ''), tooltip: (r) => (r.winner ? t('Fastest of its task') : '') },
    { id: 'gflops', title: t('Speed'), width: '112px', number: true, text: (r) => (r.gflops === null ? '' : gflops(r.gflops)) },
    { id: 'spread', title: t('Spread'), width: '72px', number: true, text: (r) => (r.spread === null || r.repeats < 2 ? '' : percent(r.spread)), tooltip: (r) => t('{count} repeats', { count: r.repeats }) },
    { id: 'predicted', title: t('Predicted'), width: '96px', number: true, text: (r) => (r.predicted === null ? '' : r.predicted.toPrecision(3)) },
    { id: 'steps', title: t('Steps'), width: '60px', number: true, text: (r) => String(r.steps) },
    { id: 'rules', title: t('Rules'), width: 'minmax(120px, 1.5fr)', sortable: false, text: (r) => r.rules.join(' '), tooltip: (r) => r.rules.join(' ') },
    { id: 'seconds', title: t('Took'), width: '80px', number: true, text: (r) => `${r.seconds.toFixed(2)} s` },
    { id: 'time', title: t('When'), width: '170px', text: when },
  ];
}

export class RecordTablePage {
  private readonly grid: Grid<RecordRow>;
  private readonly box: HTMLInputElement;
  private readonly problem: HTMLElement;
  private readonly summary: HTMLElement;
  private readonly buttons: Readonly<Record<'reveal' | 'tree' | 'compare' | 'copy' | 'lines', HTMLButtonElement>>;
  private sort: Sort | undefined;
  private filter: string;
  private answer: RowsAnswer | undefined;
  /** Apart, so that a log that grows does not put off what was typed. */
  private readonly timers: Partial<Record<'typed' | 'grown', ReturnType<typeof setTimeout>>> = {};
  private asked = 0;
  private readonly columns: readonly GridColumn<RecordRow>[];

  constructor(root: HTMLElement, private readonly host: PageHost, private readonly uri: string) {
    const state = stateOf(host.getState());
    this.filter = state.filter;
    this.sort = state.sort;
    this.columns = columns();
    this.box = h('input', {
      type: 'search', id: 'filter', spellcheck: 'false', autocomplete: 'off', 'aria-label': t('Filter'), 'aria-describedby': 'filter-problem', placeholder: t('Filter, such as @gflops > 200 error:none task:conv rule:multiLevelTiling'),
      oninput: () => this.later('typed', () => this.apply(), FILTER_DELAY_MS), onkeydown: (event: KeyboardEvent) => this.boxKey(event),
    });
    this.box.value = this.filter;
    this.problem = h('p', { id: 'filter-problem', class: 'filter-problem', role: 'alert' });
    this.summary = h('p', { class: 'summary', role: 'status' });
    const button = (title: string, run: () => void): HTMLButtonElement => h('button', { type: 'button', class: 'action', onclick: run }, title);
    this.buttons = {
      reveal: button(t('Show Line'), () => this.withRow((row) => this.host.request('reveal', { uri: this.uri, line: row.line, focus: true }))),
      tree: button(t('Loop Tree'), () => this.withRow((row) => this.command('ansor.showLoopTree', { uri: this.uri, line: row.line }))),
      compare: button(t('Compare'), () => this.compare()),
      copy: button(t('Copy'), () => void this.copy()),
      lines: button(t('Copy Lines'), () => void this.copyLines()),
    };
    this.grid = new Grid(this.columns, { fetch: (from, size) => this.fetch(from, size), id: (row) => row.line }, {
      label: t('Records'), onSort: (id) => this.sortBy(id), onOpen: (row) => void this.command('ansor.showLoopTree', { uri: this.uri, line: row.line }), onSelect: () => this.enable(),
    });
    this.grid.element.addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'c') void this.copy();
      else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f') this.box.focus();
      else return;
      event.preventDefault();
    });
    replace(root,
      h('div', { class: 'record-table' },
        h('header', {},
          h('div', { class: 'filter-row' }, this.box, this.help()), this.problem,
          h('div', { class: 'tools' }, this.summary, h('div', { class: 'actions', role: 'toolbar', 'aria-label': t('Selected records') }, ...Object.values(this.buttons)),
            h('div', { class: 'actions', role: 'toolbar', 'aria-label': t('Export') }, button(t('Export CSV'), () => this.export('csv')), button(t('Export JSON'), () => this.export('json'))))),
        this.grid.element));
    this.grid.setSort(this.sort);
    this.enable();
    host.onEvent((event) => {
      if ((event.kind === 'changed' && event.uri === this.uri) || (event.kind === 'session' && pathUri(event.state.info.log) === this.uri)) this.later('grown', () => this.refresh(true), GROWING_MS);
      if (event.kind === 'selection' && event.uri === this.uri) void this.find(event.line);
    });
    void this.refresh(false);
  }

  /** Asks for the first rows: how many there are, and what is wrong with the filter. `keep`: only rows at the end are new. */
  private async refresh(keep: boolean): Promise<void> {
    const before = this.answer;
    const mine = ++this.asked;
    const answer = await this.ask(0, 0).catch((error: unknown) => {
      this.summary.textContent = error instanceof Error ? error.message : String(error);
      return undefined;
    });
    // A slow answer about an earlier filter may come after that about the one in the box.
    if (answer === undefined || mine !== this.asked) return;
    this.answer = answer;
    const sameOrder = keep && this.sort === undefined && before !== undefined && answer.total >= before.total;
    this.grid.setTotal(answer.total, sameOrder);
    this.tell(answer);
    if (!answer.complete) this.later('grown', () => this.refresh(true), GROWING_MS);
  }

  private ask(from: number, size: number, find?: number): Promise<RowsAnswer> {
    return this.host.request('recordRows', { uri: this.uri, filter: this.filter, from, count: size, ...(this.sort !== undefined && { sort: this.sort }), ...(find !== undefined && { find }) });
  }

  private async fetch(from: number, size: number): Promise<readonly RecordRow[]> {
    return (await this.ask(from, size)).rows;
  }

  private tell(answer: RowsAnswer): void {
    const { filterError: wrong } = answer;
    this.box.setAttribute('aria-invalid', String(wrong !== undefined));
    replace(this.problem, wrong === undefined ? '' : [h('code', {}, this.filter.slice(wrong.start, wrong.end)), ` ${wrong.message}`]);
    const parts = answer.problem !== undefined ? [answer.problem]
      : [
        answer.total === answer.records ? t('{count} records', { count: count(answer.records) }) : t('{count} of {all} records', { count: count(answer.total), all: count(answer.records) }),
        bytes(answer.bytes),
        ...(answer.complete ? [] : [t('reading: {percent}', { percent: percent(answer.bytes === 0 ? 0 : answer.indexedBytes / answer.bytes) })]),
        ...(answer.damaged === 0 ? [] : [t('{count} lines cannot be read, the first is line {line}', { count: count(answer.damaged), line: answer.firstDamaged ?? 0 })]),
      ];
    this.summary.textContent = parts.join(' · ');
  }

  private apply(): void {
    // Enter needs no waiting; what was to come later would take the selection away again.
    clearTimeout(this.timers.typed);
    this.filter = this.box.value;
    this.save();
    void this.refresh(false);
  }

  private boxKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      this.apply();
      this.grid.element.focus();
    } else if (event.key === 'Escape') {
      this.box.value = '';
      this.apply();
    } else return;
    event.preventDefault();
  }

  private sortBy(field: string): void {
    // Fast first for times, then the other way round, then the file's order.
    const first = field !== 'gflops' && field !== 'predicted' ? false : true;
    this.sort = this.sort?.field !== field ? { field, descending: first } : this.sort.descending === first ? { field, descending: !first } : undefined;
    this.grid.setSort(this.sort);
    this.save();
    void this.refresh(false);
  }

  private save(): void {
    const state: State = { filter: this.filter, ...(this.sort !== undefined && { sort: this.sort }) };
    this.host.setState(state);
  }

  private later(why: 'typed' | 'grown', run: () => unknown, ms: number): void {
    clearTimeout(this.timers[why]);
    this.timers[why] = setTimeout(() => void run(), ms);
  }

  /** The editor's cursor moved to a line: its row is shown. */
  async find(line: number): Promise<void> {
    const { found } = await this.ask(0, 0, line);
    if (found !== undefined && found >= 0) await this.grid.show(found);
  }

  private enable(): void {
    const { length } = this.grid.selectedIds;
    this.buttons.reveal.disabled = length !== 1;
    this.buttons.tree.disabled = length !== 1;
    this.buttons.compare.disabled = length !== 2;
    this.buttons.copy.disabled = length === 0;
    this.buttons.lines.disabled = length === 0;
  }

  private withRow(run: (row: RecordRow) => unknown): void {
    const [row] = this.grid.selectedRows;
    if (row !== undefined) void run(row);
  }

  private command(command: string, argument: unknown): Promise<boolean> {
    return this.host.request('command', { command, argument });
  }

  private compare(): void {
    const [left, right] = this.grid.selectedIds;
    if (left !== undefined && right !== undefined) void this.command('ansor.compareRecords', { left: { uri: this.uri, line: left }, right: { uri: this.uri, line: right } });
  }

  /** Tab-separated, with the head: what spreadsheets take. */
  private async copy(): Promise<void> {
    const rows = this.grid.selectedRows;
    if (rows.length === 0) return;
    const text = [this.columns.map((c) => c.title).join('\t'), ...rows.map((row) => this.columns.map((c) => c.text(row).replace(/[\t\n]/g, ' ')).join('\t'))].join('\n');
    await this.host.request('copy', { text });
    this.summary.textContent = rows.length === 1 ? t('1 record copied') : t('{count} records copied', { count: count(rows.length) });
  }

  /** The lines of the log themselves. */
  private async copyLines(): Promise<void> {
    const { texts } = await this.host.request('recordLines', { uri: this.uri, lines: [...this.grid.selectedIds] });
    await this.host.request('copy', { text: `${texts.join('\n')}\n` });
    this.summary.textContent = texts.length === 1 ? t('1 line copied') : t('{count} lines copied', { count: count(texts.length) });
  }

  private export(format: 'csv' | 'json'): void {
    const name = `${decodeURIComponent(this.uri.slice(this.uri.lastIndexOf('/') + 1)).replace(/\.(jsonl?|ansor-log)$/, '')}.${format}`;
    const run = async (): Promise<void> => {
      const { text, records } = await this.host.request('recordExport', { uri: this.uri, filter: this.filter, format, ...(this.sort !== undefined && { sort: this.sort }) });
      if (await this.host.request('save', { name, data: text })) this.summary.textContent = t('{count} records exported', { count: count(records) });
    };
    run().catch((error: unknown) => {
      this.summary.textContent = error instanceof Error ? error.message : String(error);
    });
  }

  private help(): HTMLElement {
    const line = (code: string, text: string): HTMLElement => h('div', {}, h('dt', {}, h('code', {}, code)), h('dd', {}, text));
    return h('details', { class: 'help' }, h('summary', {}, t('Syntax')), h('dl', {},
      line('@gflops > 200', t('a number: line, trial, ms, gflops, spread, repeats, steps, seconds, predicted, error')),
      line('error:timeout', t('none, any, a number or part of an error\'s name')),
      line('task:conv', t('part of the name, key or target; a word alone means the same')),
      line('rule:multiLevelTiling', t('a rule, or a step\'s code such as RF')),
      line('source:borrowed', t('not searched for here: borrowed, compatible, unverified; or own')),
      line('is:winner  is:best', t('fastest of its task; fastest when it was measured')),
      line('-error:any', t('a minus sign: not'))));
  }
}

function stateOf(given: unknown): State {
  const o: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? Object.fromEntries(Object.entries(given)) : {};
  const { filter, sort } = o;
  const s: Readonly<Record<string, unknown>> = typeof sort === 'object' && sort !== null ? Object.fromEntries(Object.entries(sort)) : {};
  return { filter: typeof filter === 'string' ? filter : '', ...(typeof s['field'] === 'string' && { sort: { field: s['field'], descending: s['descending'] === true } }) };
}
