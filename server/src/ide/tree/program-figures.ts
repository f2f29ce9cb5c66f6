/**
 * What the loops of a lowered program do: how often they run, what they touch, and an estimate of what they cost. The estimate counts
 * arithmetic and memory operations and knows nothing of caches, vectors or threads: it says where the work is, not how long it takes.
 */
import { dtypeBytes } from '../../ir/dtype.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Expr, Load, Var } from '../../ir/expr.js';
import type { Program, Stmt, Store } from '../../ir/program.js';

export interface LoopFigures {
  /** Bytes of distinct elements that one run of the whole loop reads and writes. */
  readonly touched: number;
  /** Operations inside, over the whole program. */
  readonly work: number;
}

export interface ProgramFigures {
  readonly loops: ReadonlyMap<Var, LoopFigures>;
  /** By the buffer that is computed: operations, and how often one of its elements is stored (for a reduction: updated). */
  readonly stores: ReadonlyMap<Buffer, { readonly work: number; readonly times: number }>;
  readonly work: number;
}

/** Whole numbers from `lo` to `hi`. */
interface Interval { readonly lo: number; readonly hi: number }
/** Of each dimension. */
type Box = readonly Interval[];

interface OpenLoop { readonly variable: Var; readonly extent: number; readonly boxes: Map<Buffer, Box>; work: number }

export function programFigures(program: Program): ProgramFigures {
  const walk = new FigureWalk();
  walk.visit(program.body);
  return { loops: walk.loops, stores: walk.stores, work: walk.work };
}

class FigureWalk {
  readonly loops = new Map<Var, LoopFigures>();
  readonly stores = new Map<Buffer, { work: number; times: number }>();
  work = 0;
  private readonly open: OpenLoop[] = [];
  private times = 1;

  visit(s: Stmt): void {
    switch (s.kind) {
      case 'for': case 'thread': {
        const loop: OpenLoop = { variable: s.var, extent: s.extent, boxes: new Map(), work: 0 };
        this.open.push(loop);
        this.times *= s.extent;
        this.visit(s.body);
        this.times /= s.extent;
        this.open.pop();
        this.loops.set(s.var, { touched: bytesOf(loop.boxes), work: loop.work });
        return;
      }
      case 'pragma': case 'realize': case 'if': return this.visit(s.body);
      case 'seq': for (const part of s.stmts) this.visit(part); return;
      case 'store': return this.store(s);
      case 'allreduce': return;
    }
  }

  private store(s: Store): void {
    const loads: Load[] = [];
    const operations = countOperations(s.value, loads) + loads.length + 1;
    const work = operations * this.times;
    this.work += work;
    const known = this.stores.get(s.buffer);
    if (known === undefined) this.stores.set(s.buffer, { work, times: this.times });
    else {
      known.work += work;
      known.times = Math.max(known.times, this.times);
    }
    // From the innermost loop outwards: the loops inside run, those outside stand at their first iteration.
    const running = new Map<Var, number>();
    for (let k = this.open.length - 1; k >= 0; k--) {
      const loop = this.open[k];
      if (loop === undefined) continue;
      running.set(loop.variable, loop.extent);
      loop.work += work;
      merge(loop.boxes, s.buffer, s.indices, running);
      for (const load of loads) merge(loop.boxes, load.buffer, load.indices, running);
    }
  }
}

function merge(boxes: Map<Buffer, Box>, buffer: Buffer, indices: readonly Expr[], running: ReadonlyMap<Var, number>): void {
  const fresh = indices.map((index, d): Interval => {
    const most = (buffer.shape[d] ?? 1) - 1;
    const { lo, hi } = intervalOf(index, running);
    return { lo: Math.min(Math.max(lo, 0), most), hi: Math.max(0, Math.min(hi, most)) };
  });
  const known = boxes.get(buffer);
  boxes.set(buffer, known === undefined ? fresh : fresh.map((one, d) => ({ lo: Math.min(one.lo, known[d]?.lo ?? one.lo), hi: Math.max(one.hi, known[d]?.hi ?? one.hi) })));
}

function bytesOf(boxes: ReadonlyMap<Buffer, Box>): number {
  let bytes = 0;
  for (const [buffer, box] of boxes) bytes += box.reduce((elements, { lo, hi }) => elements * (hi - lo + 1), dtypeBytes(buffer.dtype));
  return bytes;
}

/** Operations on values, not on indices; `loads` takes the loads, those of an index too. */
function countOperations(e: Expr, loads: Load[]): number {
  switch (e.kind) {
    case 'var': case 'int': case 'float': return 0;
    case 'load':
      loads.push(e);
      return 0;
    case 'cast': case 'not': return countOperations(e.a, loads);
    case 'binary': return 1 + countOperations(e.a, loads) + countOperations(e.b, loads);
    case 'select': return 1 + countOperations(e.cond, loads) + countOperations(e.then, loads) + countOperations(e.else, loads);
    case 'call': return e.args.reduce((sum, arg) => sum + countOperations(arg, loads), 1);
  }
}

const ANY: Interval = { lo: -Infinity, hi: Infinity };
const around = (...ends: readonly number[]): Interval => ({ lo: Math.min(...ends), hi: Math.max(...ends) });

/** Values of an index while the `running` variables take all theirs and the others are 0. */
export function intervalOf(e: Expr, running: ReadonlyMap<Var, number>): Interval {
  switch (e.kind) {
    case 'int': case 'float': return { lo: e.value, hi: e.value };
    case 'var': return { lo: 0, hi: (running.get(e) ?? 1) - 1 };
    case 'cast': return intervalOf(e.a, running);
    case 'select': {
      const [a, b] = [intervalOf(e.then, running), intervalOf(e.else, running)];
      return around(a.lo, a.hi, b.lo, b.hi);
    }
    case 'binary': break;
    default: return ANY;
  }
  const a = intervalOf(e.a, running);
  const b = intervalOf(e.b, running);
  switch (e.op) {
    case 'add': return { lo: a.lo + b.lo, hi: a.hi + b.hi };
    case 'sub': return { lo: a.lo - b.hi, hi: a.hi - b.lo };
    case 'mul': return around(a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi);
    case 'min': return { lo: Math.min(a.lo, b.lo), hi: Math.min(a.hi, b.hi) };
    case 'max': return { lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
    case 'div': case 'floordiv': return b.lo === b.hi && b.lo > 0 ? { lo: Math.floor(a.lo / b.lo), hi: Math.floor(a.hi / b.lo) } : ANY;
    case 'floormod': {
      if (b.lo !== b.hi || b.lo <= 0) return ANY;
      const m = b.lo;
      return Math.floor(a.lo / m) === Math.floor(a.hi / m) ? { lo: a.lo - Math.floor(a.lo / m) * m, hi: a.hi - Math.floor(a.hi / m) * m } : { lo: 0, hi: m - 1 };
    }
    default: return ANY;
  }
}
