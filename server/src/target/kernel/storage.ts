/** Where buffers lie and how their elements are addressed: a realised buffer keeps only its region. */
import { dtypeBytes } from '../../ir/dtype.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { binary, cast, int, type Expr } from '../../ir/expr.js';
import type { Realize } from '../../ir/program.js';
import { add, addTerms, ZERO, type IndexSpace, type Linear, type Term } from './linear.js';
import { CodegenError } from './error.js';
import { isIndex } from './index-form.js';
import type { Placement, Workspace } from './ir.js';

const ALIGNMENT = 64;

interface Layout { readonly mins: readonly Linear[]; readonly strides: readonly number[] }

/** Row-major strides in elements. */
export function rowMajor(extents: readonly number[]): number[] {
  const strides = new Array<number>(extents.length).fill(1);
  for (let d = extents.length - 2; d >= 0; d--) strides[d] = (strides[d + 1] ?? 1) * (extents[d + 1] ?? 1);
  return strides;
}

export class Storage {
  readonly placements = new Map<Buffer, Placement>();
  private readonly layouts = new Map<Buffer, Layout>();
  private sharedTop = 0;
  private workerTop = 0;

  constructor(private readonly space: IndexSpace, params: readonly Buffer[]) {
    params.forEach((buffer, position) => {
      this.placements.set(buffer, { kind: 'param', position });
      this.layouts.set(buffer, { mins: buffer.shape.map(() => ZERO), strides: rowMajor(buffer.shape) });
    });
  }

  isParam(buffer: Buffer): boolean {
    return this.placements.get(buffer)?.kind === 'param';
  }

  /**
   * Gives the realised region a place while `within` runs. Places are not used again: the printed pointers are `restrict`, and a kernel has few
   * intermediate buffers.
   */
  realize<T>(r: Realize, insideParallel: boolean, within: () => T): T {
    const extents = r.region.map((x) => x.extent);
    const bytes = Math.ceil((elementCount(extents) * dtypeBytes(r.buffer.dtype)) / ALIGNMENT) * ALIGNMENT;
    const top = insideParallel ? this.workerTop : this.sharedTop;
    this.placements.set(r.buffer, { kind: insideParallel ? 'worker' : 'shared', offset: top });
    this.layouts.set(r.buffer, { mins: r.region.map((x) => this.space.linear(x.min)), strides: rowMajor(extents) });
    if (insideParallel) this.workerTop = top + bytes;
    else this.sharedTop = top + bytes;
    return within();
  }

  /** The flat element index of `buffer[indices]` from the buffer's place. */
  flat(buffer: Buffer, indices: readonly Expr[]): Linear {
    const layout = this.layouts.get(buffer);
    if (layout === undefined) throw new Error(`assertion failed: buffer ${buffer.name} is used outside of its realize`);
    const terms: Term[] = [];
    let constant = 0;
    indices.forEach((e, d) => {
      if (!isIndex(e)) throw new CodegenError(`an index of ${buffer.name} has no form in code: it depends on more than loops`);
      const offset = add(this.space.linear(e), layout.mins[d] ?? ZERO, -1);
      const stride = layout.strides[d] ?? 1;
      addTerms(terms, offset.terms, stride);
      constant += offset.constant * stride;
    });
    return { terms, constant };
  }

  /** The same as an expression, where indices depend on loaded values. */
  flatExpr(buffer: Buffer, indices: readonly Expr[]): Expr {
    const layout = this.layouts.get(buffer);
    if (layout === undefined) throw new Error(`assertion failed: buffer ${buffer.name} is used outside of its realize`);
    let sum: Expr = int(0);
    indices.forEach((e, d) => {
      const min = this.space.expr(layout.mins[d] ?? ZERO);
      const offset = binary('sub', e.dtype === 'int32' ? e : cast('int32', e), min);
      sum = binary('add', binary('mul', offset, int(layout.strides[d] ?? 1)), sum);
    });
    return sum;
  }

  workspace(): Workspace {
    return { sharedBytes: this.sharedTop, threadBytes: this.workerTop };
  }
}
