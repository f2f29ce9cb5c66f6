/** The tree as an SVG figure: rows with elbows, pills in the colours of their annotations, bars for bytes and work. Keyboard and pointer select nodes. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior } from 'd3-zoom';
import type { LoopNode, LoopTreeStep, NodeChange } from '../../../server/src/protocol/loop-tree-view.js';
import { replace, svg } from '../base/element.js';
import { bytes, percent } from '../base/numbers.js';
import { t } from '../base/setup.js';
import { loopClass, nodeWords, title } from './node-words.js';
import { pathTo, rowsOf, searchText, type Row } from './rows.js';

const ROW = 26;
const INDENT = 20;
const LEFT = 26;
const HEADS = 34;
const BAR = 72;
const GAP = 20;
const CHAR = 7.3;

export interface TreeFigureOptions {
  readonly label: string;
  /** The selection has moved; `by` tells whether a person did it. */
  onSelect(node: LoopNode): void;
  /** Enter or a double click. */
  onOpen(node: LoopNode): void;
  /** How a node differs from what is compared with it, if that is not the step's own change. */
  readonly marks?: (node: LoopNode) => NodeChange | 'removed' | undefined;
  readonly columns?: boolean;
}

/** Mutable: what is shown, selected, collapsed. */
export class TreeFigure {
  readonly element: SVGSVGElement;
  private readonly canvas: SVGGElement;
  private readonly zooming: ZoomBehavior<SVGSVGElement, unknown>;
  private readonly collapsed = new Set<string>();
  private step: LoopTreeStep | undefined;
  private rows: readonly Row[] = [];
  private selectedId = '';
  private query = '';
  private typed = '';
  private typedAt = 0;
  private size = { width: 0, height: 0 };
  /** Where the rows begin. */
  private readonly top: number;

  constructor(private readonly options: TreeFigureOptions) {
    this.top = options.columns === false ? 8 : HEADS;
    this.canvas = svg('g', { role: 'presentation' });
    this.element = svg('svg', { class: 'tree', role: 'tree', 'aria-label': options.label, tabindex: '-1' }, this.canvas);
    this.zooming = zoom<SVGSVGElement, unknown>().scaleExtent([0.3, 3]).on('zoom', ({ transform }: { readonly transform: { toString(): string } }) => this.canvas.setAttribute('transform', transform.toString()));
    // Plain wheels scroll as everywhere else in the editor; with Ctrl they zoom.
    select(this.element).call(this.zooming).on('dblclick.zoom', null).on('wheel.zoom', null);
    this.element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.element.addEventListener('keydown', (event) => this.key(event));
  }

  get selected(): LoopNode | undefined {
    return this.find(this.selectedId);
  }

  show(step: LoopTreeStep): void {
    this.step = step;
    this.draw();
  }

  /** Selects a node by id; opens what is around it. */
  select(id: string, { focus = false, tell = true } = {}): void {
    const around = pathTo(this.step?.roots ?? [], id);
    if (around === undefined) return;
    for (const outer of around) this.collapsed.delete(outer);
    this.selectedId = id;
    this.draw();
    const node = this.find(id);
    const row = this.rowElement(id);
    if (focus) row?.focus();
    this.reveal(id);
    if (tell && node !== undefined) this.options.onSelect(node);
  }

  /** Marks what contains `text`; answers how many nodes do. */
  search(text: string): number {
    this.query = text.trim().toLowerCase();
    this.draw();
    return this.matches().length;
  }

  /** Selects the next node that was found. */
  nextMatch(back: boolean): void {
    const found = this.matches();
    if (found.length === 0) return;
    const all = this.all();
    const at = all.findIndex((node) => node.id === this.selectedId);
    const next = back ? (found.filter((node) => all.indexOf(node) < at).at(-1) ?? found.at(-1)) : (found.find((node) => all.indexOf(node) > at) ?? found[0]);
    if (next !== undefined) this.select(next.id);
  }

  zoomBy(factor: number): void {
    select(this.element).call(this.zooming.scaleBy, factor, [0, 0]);
  }

  /** All of it, never larger than life. */
  fit(): void {
    const { clientWidth, clientHeight } = this.element;
    const scale = Math.min(1, clientWidth / Math.max(1, this.size.width), clientHeight / Math.max(1, this.size.height));
    select(this.element).call(this.zooming.transform, zoomIdentity.scale(Math.max(0.3, scale)));
  }

  actualSize(): void {
    select(this.element).call(this.zooming.transform, zoomIdentity);
  }

  get extent(): { readonly width: number; readonly height: number } {
    return this.size;
  }

  private all(): LoopNode[] {
    const flat = (nodes: readonly LoopNode[]): LoopNode[] => nodes.flatMap((node) => [node, ...flat(node.children)]);
    return flat(this.step?.roots ?? []);
  }

  private find(id: string): LoopNode | undefined {
    return this.all().find((node) => node.id === id);
  }

  private matches(): LoopNode[] {
    return this.query === '' ? [] : this.all().filter((node) => searchText(node).includes(this.query));
  }

  private rowElement(id: string): SVGElement | undefined {
    return [...this.canvas.querySelectorAll<SVGElement>('[role=treeitem]')].find((row) => row.dataset['id'] === id);
  }

  private reveal(id: string): void {
    const row = this.rows.find((one) => one.node.id === id);
    const { k, x, y } = this.transform();
    if (row === undefined) return;
    const at = (this.top + row.index * ROW) * k + y;
    if (at < this.top * k) this.move(x, -(row.index * ROW) * k);
    else if (at + ROW * k > this.element.clientHeight) this.move(x, this.element.clientHeight - (this.top + (row.index + 1.5) * ROW) * k);
  }

  private transform(): { readonly k: number; readonly x: number; readonly y: number } {
    const { k = 1, x = 0, y = 0 } = (this.element as SVGSVGElement & { readonly __zoom?: { readonly k: number; readonly x: number; readonly y: number } }).__zoom ?? {};
    return { k, x, y };
  }

  private move(x: number, y: number): void {
    const { k } = this.transform();
    const least = Math.min(0, this.element.clientHeight - (this.size.height + ROW) * k);
    const leftmost = Math.min(0, this.element.clientWidth - this.size.width * k);
    select(this.element).call(this.zooming.transform, zoomIdentity.translate(Math.min(0, Math.max(leftmost, x)), Math.min(0, Math.max(least, y))).scale(k));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const { left, top } = this.element.getBoundingClientRect();
      select(this.element).call(this.zooming.scaleBy, 2 ** (-event.deltaY / 300), [event.clientX - left, event.clientY - top]);
      return;
    }
    const { x, y } = this.transform();
    this.move(x - (event.shiftKey ? event.deltaY : event.deltaX), y - (event.shiftKey ? 0 : event.deltaY));
  }

  private key(event: KeyboardEvent): void {
    const at = this.rows.findIndex((row) => row.node.id === this.selectedId);
    const row = this.rows[at];
    const go = (to: Row | undefined): void => {
      event.preventDefault();
      if (to !== undefined) this.select(to.node.id, { focus: true });
    };
    if (row === undefined) return;
    switch (event.key) {
      case 'ArrowDown': return go(this.rows[at + 1]);
      case 'ArrowUp': return go(this.rows[at - 1]);
      case 'Home': return go(this.rows[0]);
      case 'End': return go(this.rows.at(-1));
      case 'ArrowRight':
        if (row.expanded === false) return this.toggle(row.node.id, event);
        return go(row.expanded === true ? this.rows[at + 1] : undefined);
      case 'ArrowLeft':
        if (row.expanded === true) return this.toggle(row.node.id, event);
        return go(this.rows[row.parent]);
      case 'Enter': case ' ':
        event.preventDefault();
        return this.options.onOpen(row.node);
      case '+': case '=': return this.zoomBy(1.2);
      case '-': return this.zoomBy(1 / 1.2);
      case '0': return this.actualSize();
      default: this.typeAhead(event, at);
    }
  }

  private typeAhead(event: KeyboardEvent, at: number): void {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.typed = event.timeStamp - this.typedAt < 700 ? this.typed + event.key.toLowerCase() : event.key.toLowerCase();
    this.typedAt = event.timeStamp;
    const from = this.typed.length === 1 ? at + 1 : at;
    const order = [...this.rows.slice(from), ...this.rows.slice(0, from)];
    const found = order.find(({ node }) => node.name.toLowerCase().startsWith(this.typed)) ?? order.find(({ node }) => node.annotation.startsWith(this.typed));
    if (found !== undefined) this.select(found.node.id, { focus: true });
  }

  private toggle(id: string, event?: Event): void {
    event?.preventDefault();
    if (!this.collapsed.delete(id)) this.collapsed.add(id);
    this.draw();
    this.rowElement(id)?.focus();
  }

  private draw(): void {
    if (this.step === undefined) return;
    const focused = this.canvas.contains(document.activeElement);
    this.rows = rowsOf(this.step.roots, this.collapsed);
    if (!this.rows.some((row) => row.node.id === this.selectedId)) this.selectedId = this.rows[0]?.node.id ?? '';
    const widest = Math.max(0, ...this.rows.map((row) => this.nameEnd(row)));
    const columns = this.options.columns !== false;
    const bars = Math.max(columns ? 250 : 0, widest + GAP);
    this.size = { width: columns ? bars + 2 * (BAR + GAP + 54) : widest + GAP, height: this.top + this.rows.length * ROW + 8 };
    const touched = this.rows.flatMap(({ node }) => (node.touched !== null && node.touched > 0 ? [node.touched] : []));
    const byBytes = scaleLog().domain([Math.min(64, ...touched), Math.max(1024, ...touched)]).range([2, BAR]).clamp(true);
    const byShare = scaleLinear().domain([0, 1]).range([0, BAR]);
    replace(this.canvas,
      columns && svg('g', { class: 'heads', 'aria-hidden': 'true' },
        svg('text', { x: bars, y: 18 }, t('touches')), svg('text', { x: bars + BAR + GAP + 54, y: 18 }, t('work'))),
      this.rows.map((row) => this.rowOf(row, bars, columns, byBytes, byShare)));
    if (focused) this.rowElement(this.selectedId)?.focus();
  }

  private nameEnd({ node, level }: Row): number {
    const chip = node.kind === 'loop' ? node.annotation.length * CHAR + 16 : 0;
    const words = node.kind === 'loop' ? `${node.name}  ${node.extentText}`.length + 2 : title(node).length + node.notes.join(' ').length + 4;
    return LEFT + (level - 1) * INDENT + 14 + chip + words * CHAR + 8;
  }

  private rowOf(row: Row, bars: number, columns: boolean, byBytes: (n: number) => number, byShare: (n: number) => number): SVGElement {
    const { node, index, level, parent, expanded } = row;
    const x = LEFT + (level - 1) * INDENT;
    const y = this.top + index * ROW;
    const middle = y + ROW / 2;
    const kind = loopClass(node);
    const change = this.options.marks === undefined ? this.step?.changes[node.id] : this.options.marks(node);
    const selected = node.id === this.selectedId;
    const found = this.query !== '' && searchText(node).includes(this.query);
    const chip = node.kind === 'loop' ? node.annotation.length * CHAR + 12 : 0;
    const name = x + 14 + (chip > 0 ? chip + 6 : 0);
    const words = change === 'added' ? t('new') : change === 'changed' ? t('changed') : change === 'removed' ? t('only here') : undefined;
    return svg('g', {
      class: `row ${kind}${selected ? ' selected' : ''}${found ? ' found' : ''}${change === undefined ? '' : ` ${change}`}`, role: 'treeitem', tabindex: selected ? '0' : '-1', 'data-id': node.id,
      'aria-level': level, 'aria-posinset': row.position, 'aria-setsize': row.siblings, 'aria-selected': selected ? 'true' : 'false', ...(expanded !== undefined && { 'aria-expanded': expanded ? 'true' : 'false' }),
      // Named by its texts; the sentence is for those who do not see the columns.
      'aria-description': words === undefined ? nodeWords(node) : `${nodeWords(node)}, ${words}`,
      onclick: () => this.select(node.id, { focus: true }), ondblclick: () => this.options.onOpen(node),
    },
      svg('rect', { class: 'back', x: 4, y: y + 1, width: Math.max(this.size.width - 8, 100), height: ROW - 2, rx: 3 }),
      parent >= 0 && svg('path', { class: 'elbow', d: `M${x - INDENT + 5},${this.top + parent * ROW + ROW / 2 + 7} V${middle} H${x + (expanded === undefined ? 10 : 0)}` }),
      change !== undefined && svg('path', { class: 'mark', d: change === 'added' ? `M10,${middle - 5}v10M5,${middle}h10` : change === 'removed' ? `M5,${middle}h10` : `M10,${middle - 4}l4,4l-4,4l-4,-4z` }),
      expanded !== undefined && svg('g', { class: 'twist', onclick: (event: MouseEvent) => {
        event.stopPropagation();
        this.selectedId = node.id;
        this.toggle(node.id);
      } }, svg('rect', { x: x - 3, y: y + 4, width: 16, height: ROW - 8, class: 'hit' }), svg('path', { d: expanded ? `M${x + 1},${middle - 2}l4,4l4,-4` : `M${x + 3},${middle - 4}l4,4l-4,4` })),
      chip > 0 && svg('rect', { class: 'chip', x: x + 14, y: y + 4, width: chip, height: ROW - 8, rx: 4 }),
      chip > 0 && svg('text', { class: 'annotation', x: x + 14 + chip / 2, y: middle + 4, 'text-anchor': 'middle' }, node.annotation),
      svg('text', { class: 'name', x: name, y: middle + 4 }, title(node),
        node.kind === 'loop' && svg('tspan', { class: 'extent', dx: 10 }, node.extentText), node.notes.length > 0 && svg('tspan', { class: 'extent', dx: 10 }, node.notes.join(' · '))),
      columns && node.touched !== null && svg('rect', { class: 'bar bytes', x: bars, y: y + 8, width: byBytes(Math.max(1, node.touched)), height: ROW - 16, rx: 2 }),
      columns && node.touched !== null && svg('text', { class: 'figure', x: bars + BAR + 6, y: middle + 4 }, bytes(node.touched)),
      columns && node.share !== null && svg('rect', { class: 'bar share', x: bars + BAR + GAP + 54, y: y + 8, width: Math.max(1, byShare(node.share)), height: ROW - 16, rx: 2 }),
      columns && node.share !== null && svg('text', { class: 'figure', x: bars + 2 * BAR + GAP + 60, y: middle + 4 }, percent(node.share)));
  }
}
