/**
 * The dashboard: what a tuning session does now and what a log holds. It holds no truth: it asks for the whole view when it is shown and
 * whenever it is told that something changed.
 */
import type { DashboardTask, DashboardView, ErrorKind } from '../../../server/src/protocol/dashboard-view.js';
import type { PageHost } from '../../../server/src/protocol/page.js';
import type { SessionState } from '../../../server/src/protocol/session-state.js';
import { announce } from '../base/announce.js';
import { h, replace } from '../base/element.js';
import { Hold } from '../base/hold.js';
import { t } from '../base/setup.js';
import { count, duration, flops, gflops, percent, time } from '../kit/format.js';
import { chart, type ChartData } from './chart.js';
import { scatter } from './scatter.js';
import { pathUri } from '../kit/uri.js';

interface Shown { readonly axis: 'trials' | 'time'; readonly open: readonly string[]; readonly uri?: string }

const REFRESH_MS = 1000;
const CHART_HEIGHT = 170;
const SMALL_HEIGHT = 120;

export class DashboardPage {
  private view: DashboardView | null | undefined;
  private state: Shown;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;
  private again = false;
  private problem = '';
  private editing = false;
  private readonly hold: Hold;

  constructor(private readonly root: HTMLElement, private readonly host: PageHost) {
    this.hold = new Hold(root, () => this.draw());
    this.state = shownOf(host.getState());
    const params = entries(host.params);
    if (typeof params['uri'] === 'string') this.state = { ...this.state, uri: params['uri'] };
    host.onEvent((event) => {
      if (event.kind === 'params') {
        const { uri } = entries(event.params);
        this.show(typeof uri === 'string' ? uri : undefined);
      } else if (event.kind === 'session' || (event.kind === 'changed' && event.uri === this.uri)) this.soon();
    });
    new ResizeObserver(() => this.draw()).observe(root);
    addEventListener('focus', () => this.soon());
  }

  /** Asks for the view and draws it. */
  async refresh(): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      const view = await this.host.request('dashboard', this.state.uri === undefined ? {} : { uri: this.state.uri });
      const before = this.view?.session?.phase;
      this.view = view;
      if (before !== undefined && before !== view?.session?.phase && view?.session !== null && view !== null) announce(phaseWords(view.session));
      this.problem = '';
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.asking = false;
    }
    this.hold.soon();
    if (this.again || this.view?.complete === false) {
      this.again = false;
      this.soon();
    }
  }

  private get uri(): string | undefined {
    return this.view === null || this.view === undefined ? this.state.uri : pathUri(this.view.log);
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, REFRESH_MS);
  }

  private show(uri: string | undefined): void {
    const { axis, open } = this.state;
    this.change({ axis, open, ...(uri !== undefined && { uri }) });
    void this.refresh();
  }

  private change(state: Shown): void {
    this.state = state;
    this.host.setState(state);
  }

  private draw(): void {
    // What a person types into is not taken away.
    if (this.editing) return;
    const focus = document.activeElement?.getAttribute('data-key');
    const scroll = this.root.scrollTop;
    const { view } = this;
    if (this.problem !== '') replace(this.root, h('div', { class: 'problem', role: 'alert' }, h('p', {}, this.problem), this.button(t('Try Again'), () => void this.refresh(), 'primary')));
    else if (view === undefined) replace(this.root, h('p', { class: 'muted pad' }, t('Reading…')));
    else if (view === null) replace(this.root, this.welcome());
    else replace(this.root, this.page(view));
    this.root.scrollTop = scroll;
    if (focus !== null && focus !== undefined) this.root.querySelector<HTMLElement>(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  }

  private button(text: string, run: () => void, className = '', disabled = false): HTMLButtonElement {
    return h('button', { type: 'button', class: className, onclick: run, disabled, 'data-key': text }, text);
  }

  private command(command: string, argument?: unknown): void {
    void this.host.request('command', argument === undefined ? { command } : { command, argument });
  }

  private welcome(): HTMLElement {
    return h('div', { class: 'welcome' }, h('p', {}, t('No tuning session runs, and no log is open.')),
      this.button(t('Tune Current Model'), () => this.command('ansor.tuneCurrentModel'), 'primary'), this.button(t('Open Log…'), () => this.command('ansor.openLogInDashboard')),
      h('p', { class: 'muted' }, t('A session goes on when this window is closed; it is found again when it opens.')));
  }

  private page(view: DashboardView): HTMLElement {
    const width = Math.max(220, this.root.clientWidth - 28);
    return h('div', { class: `dashboard${width > 640 ? ' wide' : ''}` },
      this.head(view),
      ...(view.problem === undefined ? [] : [h('p', { class: 'problem', role: 'alert' }, view.problem)]),
      ...(view.records === 0 ? [h('p', { class: 'muted' }, view.session === null ? t('This log has no records.') : t('Waiting for the first result…'))] : [
        this.axisSwitch(),
        section(t('Network latency'), this.network(view, width)),
        section(t('Tasks'), this.tasks(view, width)),
        section(t('Throughput'), this.throughput(view, width)),
        section(t('Errors'), this.errors(view)),
        section(t('Predicted and measured'), this.predictions(view, width)),
        section(t('Device'), this.device(view)),
      ]));
  }

  private head(view: DashboardView): HTMLElement {
    const { session } = view;
    const live = session !== null && (session.phase === 'starting' || session.phase === 'running' || session.phase === 'cancelling');
    const latency = view.network.ms.at(-1);
    const first = view.network.ms[0];
    const fact = (name: string, value: string, className = ''): HTMLElement => h('div', { class: `fact ${className}` }, h('dt', {}, name), h('dd', {}, value));
    return h('header', {},
      h('div', { class: 'title' }, h('h1', { title: view.log }, view.name), session === null ? '' : h('span', { class: `badge ${session.paused ? 'paused' : session.phase}` }, phaseWords(session))),
      live ? this.progress(session) : '',
      h('dl', { class: 'facts' },
        fact(t('Latency'), latency === undefined ? '–' : time(latency), 'large'),
        fact(t('Faster'), latency === undefined || first === undefined ? '–' : `${(first / latency).toFixed(2)}×`),
        fact(t('Trials'), session !== null && live ? `${count(session.trials)} / ${count(session.planned)}` : count(view.records)),
        fact(t('Errors'), view.records === 0 ? '–' : `${count(view.errors)} (${percent(view.errors / view.records)})`),
        fact(t('Working time'), duration(live && session !== null ? session.seconds : view.seconds)),
        fact(t('Left'), live && session !== null && !session.paused && session.etaSeconds !== null ? duration(session.etaSeconds) : '–')),
      h('div', { class: 'tools', role: 'toolbar', 'aria-label': t('Session') }, ...(live && session !== null ? this.controls(session) : [
        this.host.window === 'editor' ? this.button(t('Tune…'), () => this.command('ansor.tuneCurrentModel'), 'primary') : '',
      ]), this.button(t('Records'), () => void this.host.request('openPage', { page: 'record-table', params: { uri: pathUri(view.log) } })),
      this.host.window === 'editor' ? this.button(t('Other Log…'), () => this.command('ansor.openLogInDashboard')) : ''));
  }

  private progress(session: SessionState): HTMLElement {
    const share = session.planned === 0 ? 0 : Math.min(1, session.trials / session.planned);
    return h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('Trials'), 'aria-valuemin': 0, 'aria-valuemax': session.planned, 'aria-valuenow': session.trials }, h('div', { style: `width: ${(share * 100).toFixed(1)}%` }));
  }

  private controls(session: SessionState): HTMLElement[] {
    const { id } = session.info;
    const stopping = session.phase === 'cancelling';
    const tell = (action: 'pause' | 'resume' | 'stop'): void => void this.host.request('sessionControl', { id, action }).then(() => this.refresh());
    return [
      session.paused ? this.button(t('Resume'), () => tell('resume'), 'primary', stopping) : this.button(t('Pause'), () => tell('pause'), '', stopping),
      this.button(t('Stop'), () => tell('stop'), '', stopping),
      this.button(t('Change Budget…'), () => this.budget(session), '', stopping),
    ];
  }

  private budget(session: SessionState): void {
    const trials = h('input', { type: 'number', min: 1, step: 1, value: session.planned, id: 'budget-trials' });
    const minutes = h('input', { type: 'number', min: 0, step: 'any', value: session.timeLimitSeconds === null ? '' : session.timeLimitSeconds / 60, id: 'budget-minutes', placeholder: t('none') });
    const problem = h('p', { class: 'problem', role: 'alert' });
    const apply = (): void => {
      const timeLimitSeconds = minutes.value.trim() === '' ? null : Number(minutes.value) * 60;
      this.host.request('sessionControl', { id: session.info.id, action: 'budget', budget: { trials: Number(trials.value), timeLimitSeconds } }).then(() => {
        end();
        void this.refresh();
      }, (error: unknown) => {
        problem.textContent = error instanceof Error ? error.message : String(error);
      });
    };
    const end = this.dialog(t('Budget'), t('Change Budget…'), (cancel) => h('form', {
      method: 'dialog', onsubmit: (event: Event) => {
        event.preventDefault();
        apply();
      },
    },
    h('label', { for: 'budget-trials' }, t('Records to reach')), trials,
    h('label', { for: 'budget-minutes' }, t('Time limit in minutes of work')), minutes, problem,
    h('div', { class: 'tools' }, h('button', { type: 'submit', class: 'primary' }, t('Apply')), h('button', { type: 'button', onclick: cancel }, t('Cancel')))));
    // What is typed takes the number's place.
    trials.select();
  }

  /** Opens a dialog; the page is not drawn while it is open. Answers with what ends it, as Escape does: the focus goes back to the button of this key. */
  private dialog(title: string, key: string, contents: (end: () => void) => HTMLElement): () => void {
    const end = (): void => {
      this.editing = false;
      box.close();
      box.remove();
      this.draw();
      this.root.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
    };
    const box = h('dialog', { 'aria-labelledby': 'dialog-title' }, h('h2', { id: 'dialog-title' }, title), contents(end));
    box.addEventListener('cancel', (event) => {
      event.preventDefault();
      end();
    });
    this.editing = true;
    this.root.append(box);
    box.showModal();
    return end;
  }

  private axisSwitch(): HTMLElement {
    const one = (axis: Shown['axis'], text: string): HTMLElement => h('button', {
      type: 'button', 'aria-pressed': String(this.state.axis === axis), 'data-key': text, onclick: () => {
        this.change({ ...this.state, axis });
        this.draw();
      },
    }, text);
    return h('div', { class: 'switch', role: 'group', 'aria-label': t('Horizontal axis') }, one('trials', t('Over trials')), one('time', t('Over time')));
  }

  private axis(): Pick<ChartData, 'formatX' | 'xLabel' | 'xHead'> {
    return this.state.axis === 'trials' ? { formatX: (x) => count(Math.round(x)), xLabel: t('trials'), xHead: t('trial') } : { formatX: duration, xLabel: t('working time'), xHead: t('after') };
  }

  private network(view: DashboardView, width: number): HTMLElement {
    const missing = view.tasks.filter((task) => task.bestMs === null).length;
    if (view.network.ms.length === 0) return h('p', { class: 'muted' }, t('{count} of {all} tasks have no result yet.', { count: missing, all: view.tasks.length }));
    const { network } = view;
    const x = this.state.axis === 'trials' ? network.trial : network.seconds;
    return chart({
      label: t('Network latency'), yLabel: t('Curve'), ...this.axis(), formatY: time, dots: [], onOpen: (line) => this.reveal(line),
      lines: [{ name: t('latency'), x, y: network.ms, place: network.line, className: 'network' }],
    }, width, CHART_HEIGHT);
  }

  private tasks(view: DashboardView, width: number): HTMLElement {
    const order = view.tasks.map((task, i) => ({ task, i })).sort((a, b) => (b.task.share ?? 2) - (a.task.share ?? 2));
    const current = view.session?.currentTask ?? null;
    return h('div', { class: 'tasks' }, h('table', { class: 'list' }, h('caption', { class: 'sr-only' }, t('Tasks')), h('thead', {}, h('tr', {},
      h('th', { scope: 'col' }, t('Task')), h('th', { scope: 'col', class: 'number' }, t('Best')), h('th', { scope: 'col', class: 'number' }, t('Share')),
      h('th', { scope: 'col', class: 'number', title: t('Which task the scheduler expects most of: its share of the gradient of the network\'s latency') }, t('Potential')), h('th', { scope: 'col', class: 'number extra' }, t('Trials')))),
    ...order.map(({ task }) => this.task(task, task.key === current, width))));
  }

  private task(task: DashboardTask, current: boolean, width: number): HTMLElement {
    const open = this.state.open.includes(task.key);
    const toggle = (): void => {
      this.change({ ...this.state, open: open ? this.state.open.filter((k) => k !== task.key) : [...this.state.open, task.key] });
      this.draw();
    };
    const bar = (share: number | null): HTMLElement => h('td', { class: 'number' }, h('span', { class: 'bar', style: `--share: ${((share ?? 0) * 100).toFixed(1)}%` }, percent(share)));
    return h('tbody', {}, h('tr', { class: current ? 'current' : '' },
      h('th', { scope: 'row' }, h('button', { type: 'button', class: 'quiet task-name', 'aria-expanded': String(open), onclick: toggle, 'data-key': task.key, title: task.name }, h('span', { class: 'twist', 'aria-hidden': 'true' }, open ? '▾' : '▸'), task.weight > 1 ? `${task.weight}× ` : '', task.name.replace(/^fused_(nn_)?/, '')),
        current ? h('span', { class: 'now', title: t('Being measured now') }, h('span', { class: 'sr-only' }, t('Being measured now')), '●') : ''),
      h('td', { class: 'number' }, time(task.bestMs)), bar(task.share), bar(task.potential), h('td', { class: 'number extra' }, task.errors === 0 ? count(task.records) : `${count(task.records)} (−${count(task.errors)})`)),
    open ? h('tr', {}, h('td', { colspan: 5 }, this.taskDetail(task, width))) : '');
  }

  private taskDetail(task: DashboardTask, width: number): HTMLElement {
    const trials = this.state.axis === 'trials';
    const uri = this.uri;
    return h('div', { class: 'detail' },
      h('p', { class: 'muted' }, [gflops(task.gflops), flops(task.flops), task.spread === null ? '' : t('spread {percent}', { percent: percent(task.spread) }), t('{count} records', { count: count(task.records) }), task.bestLine === null ? '' : t('line {line}', { line: task.bestLine })].filter((x) => x !== '').join(' · ')),
      task.records === 0 ? '' : chart({
        label: task.name, yLabel: t('Curve'), ...this.axis(), formatY: time, onOpen: (line) => this.reveal(line),
        lines: [{ name: t('best'), x: trials ? task.best.trial : task.best.seconds, y: task.best.ms, place: task.best.line, className: 'task' }],
        dots: [{ x: trials ? task.dots.trial : task.dots.seconds, y: task.dots.ms, place: task.dots.line, className: 'records' }],
      }, width - 16, CHART_HEIGHT),
      task.bestLine === null || uri === undefined ? '' : h('div', { class: 'tools' },
        this.keyed(`${task.key} best`, t('Show Best'), () => this.reveal(task.bestLine ?? 1)),
        this.host.window === 'editor' ? this.keyed(`${task.key} tree`, t('Loop Tree'), () => this.command('ansor.showLoopTree', { uri, line: task.bestLine })) : this.keyed(`${task.key} tree`, t('Loop Tree'), () => void this.host.request('openPage', { page: 'loop-tree', params: { uri, line: task.bestLine } }))));
  }

  private keyed(key: string, text: string, run: () => void): HTMLElement {
    return h('button', { type: 'button', onclick: run, 'data-key': key }, text);
  }

  private reveal(line: number): void {
    const { uri } = this;
    if (uri !== undefined) void this.host.request('reveal', { uri, line, focus: true });
  }

  private throughput(view: DashboardView, width: number): HTMLElement {
    const { seconds, perMinute, now, scoredPerSecond } = view.throughput;
    const facts = [now === null ? '' : t('{count} trials a minute now', { count: count(Math.round(now)) }), view.seconds > 0 ? t('{count} on average', { count: count(Math.round((60 * view.records) / view.seconds)) }) : '',
      scoredPerSecond === null ? '' : t('{count} candidates scored a second', { count: count(Math.round(scoredPerSecond)) })].filter((x) => x !== '');
    return h('div', {}, h('p', { class: 'muted' }, facts.join(' · ')), perMinute.length < 2 ? '' : chart({
      label: t('Trials a minute'), yLabel: t('Curve'), xLabel: t('working time'), xHead: t('after'), formatX: duration, formatY: (y) => count(Math.round(y)), linear: true, dots: [],
      lines: [{ name: '', x: seconds, y: perMinute, place: seconds.map(() => 0), className: 'pace' }],
    }, width, SMALL_HEIGHT));
  }

  private errors(view: DashboardView): HTMLElement {
    if (view.errorKinds.length === 0) return h('p', { class: 'muted' }, t('No record failed.'));
    return h('div', { class: 'errors' }, view.errorKinds.map((kind) => this.errorKind(kind)));
  }

  private errorKind(kind: ErrorKind): HTMLElement {
    const key = `error ${kind.error}`;
    const open = this.state.open.includes(key);
    const details = h('details', { open }, h('summary', { 'data-key': key }, h('span', { class: 'count' }, count(kind.count)), ` ${kind.name}`),
      h('ul', {}, kind.latest.map((one) => h('li', {},
        h('div', { class: 'where' }, h('button', { type: 'button', class: 'quiet link', onclick: () => this.reveal(one.line), 'data-key': `line ${one.line}` }, t('line {line}', { line: one.line })), ` ${one.task}`),
        one.message === '' ? '' : h('pre', { tabindex: 0 }, one.message.split('\n').slice(0, 4).join('\n')),
        h('div', { class: 'tools' },
          one.message === '' ? '' : this.keyed(`output ${one.line}`, t('Full Output'), () => void this.output(one.line)),
          this.keyed(`reproduce ${one.line}`, t('Reproduce'), () => this.reproduce(one.line)))))));
    details.addEventListener('toggle', () => {
      if (details.open === this.state.open.includes(key)) return;
      this.change({ ...this.state, open: details.open ? [...this.state.open, key] : this.state.open.filter((k) => k !== key) });
    });
    return details;
  }

  private async output(line: number): Promise<void> {
    const { uri } = this;
    if (uri === undefined) return;
    const { title, text } = await this.host.request('failureText', { uri, line });
    if (this.host.window === 'editor') return this.command('ansor.showOutput', { title, text });
    await this.host.request('save', { name: `${title.replace(/[^\w.-]/g, '_')}.txt`, data: text });
  }

  private reproduce(line: number): void {
    const { uri } = this;
    if (uri === undefined) return;
    if (this.host.window === 'editor') this.command('ansor.reproduceRecord', { uri, line });
    else {
      const tell = (text: string): void => void this.dialog(t('Reproduce'), `reproduce ${line}`, (end) => h('div', {},
        h('pre', { tabindex: 0 }, text), h('div', { class: 'tools' }, h('button', { type: 'button', class: 'primary', onclick: end, autofocus: true }, t('Close')))));
      void this.host.request('reproduce', { uri, line }).then(({ folder, command, note }) => tell(`${folder}\n${command ?? ''}\n${note}`), (e: unknown) => tell(e instanceof Error ? e.message : String(e)));
    }
  }

  private predictions(view: DashboardView, width: number): HTMLElement {
    const { predicted, rank } = view.predictions;
    if (predicted.length === 0) return h('p', { class: 'muted' }, t('No prediction yet: the cost model learns after the first round.'));
    return h('div', {}, rank === null ? '' : h('p', { class: 'muted' }, t('{percent} of the pairs in the right order (50 % is chance)', { percent: percent(rank) })),
      modelWords(view.session),
      scatter(view.predictions, view.tasks.map((task) => task.name), Math.min(width, 420), 200, (line) => this.reveal(line)));
  }

  private device(view: DashboardView): HTMLElement {
    const row = (name: string, value: string): HTMLElement | string => (value === '' ? '' : h('div', {}, h('dt', {}, name), h('dd', {}, value)));
    return h('dl', { class: 'rows' }, row(t('Measured on'), view.device), row(t('Compiler'), view.compiler), row(t('Target'), view.target), row(t('Log'), view.log));
  }
}

function section(title: string, content: HTMLElement): HTMLElement {
  return h('section', {}, h('h2', {}, title), content);
}

/** How good the cost model was in the last round. */
function modelWords(session: SessionState | null): HTMLElement | string {
  const model = session?.model ?? null;
  if (model === null) return '';
  const { round, rankCorrelation, recall: { top, share } } = model;
  return h('p', { class: 'muted' }, [rankCorrelation === null ? '' : t('rank correlation {number} in round {round}', { number: rankCorrelation.toFixed(2), round: count(round) }),
    t('{count} of the fastest {top} recognised', { count: count(Math.round(share * top)), top: count(top) })].filter((x) => x !== '').join(' · '));
}

function phaseWords({ phase, paused }: SessionState): string {
  if (paused) return t('paused');
  switch (phase) {
    case 'starting': return t('starting');
    case 'running': return t('running');
    case 'cancelling': return t('stopping');
    case 'done': return t('done');
    case 'failed': return t('failed');
    case 'lost': return t('lost');
  }
}

function entries(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function shownOf(state: unknown): Shown {
  const { axis, open, uri } = entries(state);
  return {
    axis: axis === 'time' ? 'time' : 'trials', open: Array.isArray(open) ? open.filter((k): k is string => typeof k === 'string') : [], ...(typeof uri === 'string' && { uri }),
  };
}
