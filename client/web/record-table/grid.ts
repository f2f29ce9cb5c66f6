/**
 * A table of any number of rows of which only those in sight exist: fixed row height, rows fetched by range, one row active, any number
 * selected, all by keyboard. It knows nothing of records.
 */
import { h, replace } from '../base/element.js';

export interface GridColumn<R> {
  readonly id: string;
  readonly title: string;
  /** CSS track size. */
  readonly width: string;
  readonly number?: boolean;
  /** False: the log cannot be sorted by it. */
  readonly sortable?: boolean;
  readonly text: (row: R) => string;
  readonly tooltip?: (row: R) => string;
  readonly className?: (row: R) => string;
}

export interface GridSource<R> {
  /** The rows [from, from + count) of the present order. */
  fetch(from: number, count: number): Promise<readonly R[]>;
  /** What stays the same for a row when the order changes. */
  id(row: R): number;
}

export interface GridEvents<R> {
  readonly onSort: (column: string) => void;
  readonly onOpen: (row: R) => void;
  readonly onSelect: () => void;
  readonly label: string;
}

const ROW = 22;
const PIECE = 100;
/** Browsers cannot lay out taller elements. */
const TALLEST = 15_000_000;

export class Grid<R> {
  readonly element: HTMLElement;
  private readonly body: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly header: HTMLElement;
  private readonly pieces = new Map<number, readonly R[]>();
  private readonly asked = new Set<number>();
  private readonly chosen = new Set<number>();
  private readonly known = new Map<number, R>();
  private total = 0;
  private edition = 0;
  private active = 0;
  private anchor = 0;
  private drawing = false;

  constructor(private readonly columns: readonly GridColumn<R>[], private readonly source: GridSource<R>, private readonly events: GridEvents<R>) {
    const template = columns.map((c) => c.width).join(' ');
    this.header = h('div', { class: 'grid-head', role: 'row', 'aria-rowindex': 1, style: `grid-template-columns: ${template}` });
    this.spacer = h('div', { class: 'grid-spacer', role: 'presentation' });
    this.body = h('div', { class: 'grid-body', role: 'rowgroup' }, this.spacer);
    this.element = h('div', {
      class: 'grid', role: 'grid', tabindex: 0, 'aria-label': events.label, 'aria-multiselectable': 'true', 'aria-colcount': columns.length, 'aria-rowcount': 1,
      onkeydown: (event: KeyboardEvent) => this.key(event), onscroll: () => this.drawSoon(),
    }, h('div', { role: 'rowgroup', class: 'grid-top' }, this.header), this.body);
    this.element.style.setProperty('--columns', template);
    this.body.addEventListener('mousedown', (event) => this.mouse(event));
    this.body.addEventListener('dblclick', () => this.open());
    new ResizeObserver(() => this.drawSoon()).observe(this.element);
    this.setSort(undefined);
  }

  /** Another order or filter, or more rows. `keep`: the rows that are known stay as they are. */
  setTotal(total: number, keep: boolean): void {
    this.total = total;
    if (!keep) {
      this.edition++;
      this.pieces.clear();
      this.asked.clear();
      this.active = Math.min(this.active, Math.max(0, total - 1));
    } else if (total > 0) {
      // The last piece may have been short.
      const last = Math.max(...this.pieces.keys(), -1);
      if (last >= 0 && (this.pieces.get(last)?.length ?? 0) < PIECE) {
        this.pieces.delete(last);
        this.asked.delete(last);
      }
    }
    this.spacer.style.height = `${Math.min(total * ROW, TALLEST)}px`;
    this.element.setAttribute('aria-rowcount', String(total + 1));
    this.drawSoon();
  }

  setSort(sort: { readonly field: string; readonly descending: boolean } | undefined): void {
    replace(this.header, this.columns.map((column, i) => {
      const order = sort?.field === column.id ? (sort.descending ? 'descending' : 'ascending') : 'none';
      const mark = order === 'none' ? '' : order === 'ascending' ? ' ↑' : ' ↓';
      return h('div', { role: 'columnheader', 'aria-colindex': i + 1, 'aria-sort': order, class: column.number === true ? 'number' : '' },
        column.sortable === false ? h('span', {}, column.title) : h('button', { type: 'button', onclick: () => this.events.onSort(column.id) }, `${column.title}${mark}`));
    }));
  }

  get selectedIds(): readonly number[] {
    return [...this.chosen];
  }

  get selectedRows(): readonly R[] {
    return this.selectedIds.flatMap((id) => this.known.get(id) ?? []);
  }

  get activeRow(): R | undefined {
    return this.rowAt(this.active);
  }

  /** Brings a row into sight and makes it the active and only selected one. */
  async show(index: number): Promise<void> {
    if (index < 0 || index >= this.total) return;
    this.element.scrollTop = Math.max(0, this.placeOf(index) - this.element.clientHeight / 2);
    await this.load(Math.floor(index / PIECE));
    this.move(index, 'only');
  }

  private rowAt(index: number): R | undefined {
    return this.pieces.get(Math.floor(index / PIECE))?.[index % PIECE];
  }

  /** Pixels from the top; squeezed where the rows are too many. */
  private placeOf(index: number): number {
    const height = this.total * ROW;
    return height <= TALLEST ? index * ROW : (index / this.total) * TALLEST;
  }

  private async load(piece: number): Promise<void> {
    if (this.pieces.has(piece) || this.asked.has(piece)) return;
    this.asked.add(piece);
    const { edition } = this;
    const rows = await this.source.fetch(piece * PIECE, PIECE).catch((): readonly R[] => []);
    if (edition !== this.edition) return;
    this.pieces.set(piece, rows);
    for (const row of rows) this.known.set(this.source.id(row), row);
    this.drawSoon();
  }

  private drawSoon(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  private draw(): void {
    const top = this.element.scrollTop;
    const height = this.element.clientHeight;
    const squeezed = this.total * ROW > TALLEST;
    const first = Math.max(0, (squeezed ? Math.floor((top / TALLEST) * this.total) : Math.floor(top / ROW)) - 5);
    const last = Math.min(this.total, first + Math.ceil(height / ROW) + 12);
    for (let piece = Math.floor(first / PIECE); piece * PIECE < last; piece++) void this.load(piece);
    const rows: HTMLElement[] = [];
    for (let i = first; i < last; i++) rows.push(this.drawRow(i, squeezed ? this.placeOf(first) + (i - first) * ROW : i * ROW));
    this.body.replaceChildren(this.spacer, ...rows);
    if (this.total > 0 && this.active >= first && this.active < last) this.element.setAttribute('aria-activedescendant', `row-${this.active}`);
    else this.element.removeAttribute('aria-activedescendant');
  }

  private drawRow(index: number, place: number): HTMLElement {
    const row = this.rowAt(index);
    const id = row === undefined ? undefined : this.source.id(row);
    const selected = id !== undefined && this.chosen.has(id);
    const node = h('div', {
      class: `grid-row${index === this.active ? ' active' : ''}${selected ? ' selected' : ''}`, role: 'row', id: `row-${index}`, 'aria-rowindex': index + 2, 'aria-selected': selected ? 'true' : 'false',
      style: `top: ${place}px`, 'data-index': index,
    }, this.columns.map((column, c) => h('div', {
      role: 'gridcell', 'aria-colindex': c + 1, class: `${column.number === true ? 'number ' : ''}${row === undefined ? '' : column.className?.(row) ?? ''}`, title: row === undefined ? undefined : column.tooltip?.(row),
    }, row === undefined ? '' : column.text(row))));
    return node;
  }

  private mouse(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    const index = Number(row?.getAttribute('data-index') ?? NaN);
    if (Number.isNaN(index)) return;
    this.move(index, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only');
  }

  private open(): void {
    const row = this.activeRow;
    if (row !== undefined) this.events.onOpen(row);
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 2);
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.total, End: this.total };
    const step = steps[event.key];
    if (step !== undefined) this.move(Math.max(0, Math.min(this.total - 1, this.active + step)), event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'go' : 'only', true);
    else if (event.key === ' ') this.move(this.active, 'toggle');
    else if (event.key === 'Enter') this.open();
    else return;
    event.preventDefault();
  }

  private move(index: number, how: 'only' | 'range' | 'toggle' | 'go', scroll = false): void {
    if (this.total === 0) return;
    this.active = index;
    if (scroll) this.intoSight(index);
    const pick = (i: number): void => {
      const row = this.rowAt(i);
      if (row !== undefined) this.chosen.add(this.source.id(row));
    };
    if (how === 'only' || how === 'range') this.chosen.clear();
    if (how === 'only') pick(index);
    if (how === 'range') for (let i = Math.min(index, this.anchor); i <= Math.max(index, this.anchor); i++) pick(i);
    if (how === 'toggle') {
      const row = this.rowAt(index);
      const id = row === undefined ? undefined : this.source.id(row);
      if (id !== undefined && !this.chosen.delete(id)) this.chosen.add(id);
    }
    if (how !== 'range') this.anchor = index;
    // A row that is just being fetched is selected when it is there.
    if (how === 'only' && this.rowAt(index) === undefined) void this.load(Math.floor(index / PIECE)).then(() => this.active === index && this.move(index, 'only'));
    this.drawSoon();
    this.events.onSelect();
  }

  private intoSight(index: number): void {
    const place = this.placeOf(index);
    const head = this.header.offsetHeight;
    if (place < this.element.scrollTop) this.element.scrollTop = place;
    else if (place + ROW + head > this.element.scrollTop + this.element.clientHeight) this.element.scrollTop = place + ROW + head - this.element.clientHeight;
  }
}
