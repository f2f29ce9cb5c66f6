/**
 * The tiles of a convolution as one axis: p counts batches and the like, then the residues of dilated windows, then tiles, the last moving fastest.
 * Element `offset` of tile t of residue s is row (t * tile + offset) * dilation + s.
 */
import { binary, int, type Expr } from '../../ir/expr.js';
import type { Axis } from '../op.js';
import { divided, remainder, scaled } from '../operators/index-forms.js';
import type { DirectConvolution, TiledWindow } from './direct-convolution.js';

/** One digit of p: which part of `of` it counts. */
interface Digit { readonly extent: number; readonly of: Axis; readonly part: 'whole' | 'residue' | 'tile' }

export class Places {
  private readonly digits: readonly Digit[];
  readonly count: number;

  constructor(private readonly conv: DirectConvolution, private readonly tile: number) {
    this.digits = [
      ...conv.places.map(({ axis }): Digit => ({ extent: axis.extent, of: axis, part: 'whole' })),
      ...conv.windows.filter(({ dilation }) => dilation > 1).map(({ axis, dilation }): Digit => ({ extent: dilation, of: axis, part: 'residue' })),
      ...conv.windows.map((w): Digit => ({ extent: this.tilesOf(w), of: w.axis, part: 'tile' })),
    ];
    this.count = this.digits.reduce((n, { extent }) => n * extent, 1);
  }

  /** Tiles along a window, of each residue. */
  private tilesOf({ axis, dilation }: TiledWindow): number {
    return Math.ceil(Math.ceil(axis.extent / dilation) / this.tile);
  }

  /** Rows of data that the tiles of a window reach, `alpha` elements each. */
  rows(w: TiledWindow, alpha: number): number {
    return ((this.tilesOf(w) - 1) * this.tile + alpha) * w.dilation;
  }

  has(axis: Axis): boolean {
    return this.digits.some(({ of }) => of === axis);
  }

  /** Do places decide the index into this dimension of the data? */
  reads(dimension: number): boolean {
    return [...this.conv.windows, ...this.conv.places].some((one) => one.dimension === dimension);
  }

  /** The index of an element of the tile `p`, `offsets` from its corner along the windows; undefined for dimensions that places do not decide. */
  index(dimension: number, p: Expr, offsets: readonly Expr[]): Expr | undefined {
    const place = this.conv.places.find((one) => one.dimension === dimension);
    if (place !== undefined) return this.digit(p, place.axis, 'whole');
    const at = this.conv.windows.findIndex((w) => w.dimension === dimension);
    const w = this.conv.windows[at];
    if (w === undefined) return undefined;
    const row = scaled(binary('add', scaled(this.digit(p, w.axis, 'tile'), this.tile), offsets[at] ?? int(0)), w.dilation);
    return w.dilation === 1 ? row : binary('add', row, this.digit(p, w.axis, 'residue'));
  }

  private digit(p: Expr, of: Axis, part: Digit['part']): Expr {
    const at = this.digits.findIndex((digit) => digit.of === of && digit.part === part);
    const below = this.digits.slice(at + 1).reduce((n, { extent }) => n * extent, 1);
    return at === 0 ? divided(p, below) : remainder(divided(p, below), this.digits[at]?.extent ?? 1);
  }

  /** The place of an output, by the operator's axes. */
  ofOutput(): Expr {
    return this.digits.reduce<Expr | undefined>((p, { extent, of, part }) => {
      const dilation = this.conv.windows.find(({ axis }) => axis === of)?.dilation ?? 1;
      const digit = part === 'whole' ? of.var : part === 'residue' ? remainder(of.var, dilation) : divided(divided(of.var, dilation), this.tile);
      return p === undefined ? digit : binary('add', scaled(p, extent), digit);
    }, undefined) ?? int(0);
  }

  /** Where an output lies in its tile along a window. */
  offset({ axis, dilation }: TiledWindow): Expr {
    return remainder(divided(axis.var, dilation), this.tile);
  }
}
