/**
 * Index expressions of one store as postfix code over loop numbers, so that a walk evaluates them many times without touching
 * trees: which loops occur, bounds with the outer loops held at their first iteration, and the coefficient of a loop variable as
 * TVM's feature extractor guesses it. Scratch of the feature extractor, changed in place.
 */
import type { Binary, Expr } from '../ir/expr.js';
import { LOOP_WORDS, type LoopNest } from './loop-nest.js';

const VAR = 0;
const CONST = 1;
const ADD = 2;
const ADD_CONST = 3;
const SUB = 4;
const SUB_CONST = 5;
const MUL = 6;
const MUL_CONST = 7;
const DIV_CONST = 8;
const MOD_CONST = 9;
const MIN = 10;
const MAX = 11;
/** Takes `argument` operands off and leaves an unknown 32-bit integer. */
const UNKNOWN = 12;

const INT32_LOW = -(2 ** 31);
const INT32_HIGH = 2 ** 31 - 1;

function grownInts(old: Int32Array): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(old.length * 2);
  bigger.set(old);
  return bigger;
}

function grownDoubles(old: Float64Array): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(old.length * 2);
  bigger.set(old);
  return bigger;
}

export class IndexCode {
  /** Number of expressions. */
  count = 0;
  /** Inclusive bounds per expression, as of its last `evaluate`. */
  lo = new Float64Array(64);
  hi = new Float64Array(64);
  private length = 0;
  private ops = new Int32Array(512);
  private args = new Float64Array(512);
  private start = new Int32Array(65);
  /** LOOP_WORDS words per expression: the loops that occur in it. */
  private loops = new Int32Array(64 * LOOP_WORDS);
  private lowStack = new Float64Array(64);
  private highStack = new Float64Array(64);

  constructor(private readonly nest: LoopNest) {}

  reset(): void {
    this.count = 0;
    this.length = 0;
  }

  /** Adds an expression over the loops that are open now; the answer is its number. */
  add(e: Expr): number {
    const id = this.count++;
    if (id >= this.lo.length) {
      this.lo = grownDoubles(this.lo);
      this.hi = grownDoubles(this.hi);
      this.loops = grownInts(this.loops);
      const start = new Int32Array(this.lo.length + 1);
      start.set(this.start);
      this.start = start;
    }
    this.loops.fill(0, id * LOOP_WORDS, (id + 1) * LOOP_WORDS);
    this.start[id] = this.length;
    this.emitTree(e, id);
    this.start[id + 1] = this.length;
    return id;
  }

  /** Whether the loop's variable occurs in expression `id`. */
  uses(id: number, loop: number): boolean {
    return (this.loops[id * LOOP_WORDS + (loop >> 5)]! & (1 << (loop & 31))) !== 0;
  }

  /** Adds the loops of expression `id` to the set that starts at `at` in `set`. */
  collectLoops(id: number, set: Int32Array, at: number): void {
    for (let w = 0; w < LOOP_WORDS; w++) set[at + w]! |= this.loops[id * LOOP_WORDS + w]!;
  }

  /** Sets lo and hi of expression `id`: loops before `open` stand at 0, the others run through their whole range. */
  evaluate(id: number, open: number): void {
    const { ops, args, nest } = this;
    const end = this.start[id + 1]!;
    const room = end - this.start[id]!;
    if (room > this.lowStack.length) {
      this.lowStack = new Float64Array(room * 2);
      this.highStack = new Float64Array(room * 2);
    }
    const low = this.lowStack;
    const high = this.highStack;
    let top = -1;
    for (let p = this.start[id]!; p < end; p++) {
      const arg = args[p]!;
      switch (ops[p]) {
        case VAR:
          low[++top] = 0;
          high[top] = arg < open ? 0 : nest.extents[arg]! - 1;
          break;
        case CONST:
          low[++top] = arg;
          high[top] = arg;
          break;
        case ADD:
          top--;
          low[top]! += low[top + 1]!;
          high[top]! += high[top + 1]!;
          break;
        case ADD_CONST:
          low[top]! += arg;
          high[top]! += arg;
          break;
        case SUB: {
          top--;
          low[top]! -= high[top + 1]!;
          high[top]! -= low[top + 1]!;
          break;
        }
        case SUB_CONST:
          low[top]! -= arg;
          high[top]! -= arg;
          break;
        case MUL: {
          top--;
          const a = low[top]! * low[top + 1]!;
          const b = low[top]! * high[top + 1]!;
          const c = high[top]! * low[top + 1]!;
          const d = high[top]! * high[top + 1]!;
          low[top] = Math.min(a, b, c, d);
          high[top] = Math.max(a, b, c, d);
          break;
        }
        case MUL_CONST: {
          const a = low[top]! * arg;
          const b = high[top]! * arg;
          low[top] = arg < 0 ? b : a;
          high[top] = arg < 0 ? a : b;
          break;
        }
        case DIV_CONST:
          low[top] = Math.floor(low[top]! / arg);
          high[top] = Math.floor(high[top]! / arg);
          break;
        case MOD_CONST:
          if (low[top]! < 0 || high[top]! >= arg) {
            low[top] = 0;
            high[top] = arg - 1;
          }
          break;
        case MIN:
          top--;
          low[top] = Math.min(low[top]!, low[top + 1]!);
          high[top] = Math.min(high[top]!, high[top + 1]!);
          break;
        case MAX:
          top--;
          low[top] = Math.max(low[top]!, low[top + 1]!);
          high[top] = Math.max(high[top]!, high[top + 1]!);
          break;
        default:
          top -= arg - 1;
          low[top] = INT32_LOW;
          high[top] = INT32_HIGH;
      }
    }
    this.lo[id] = low[0]!;
    this.hi[id] = high[0]!;
  }

  /**
   * The coefficient of a loop's variable, which occurs in expression `id`: a guess on a walk that leaves operands first, kept
   * as the original makes it. The variable counts 2; a product with a literal sets its literal until a sum has been left.
   */
  coefficient(id: number, loop: number): number {
    const { ops, args } = this;
    const end = this.start[id + 1]!;
    let seen = false;
    let product = false;
    let sum = false;
    let stride = 1;
    for (let p = this.start[id]!; p < end; p++) {
      const op = ops[p]!;
      if (op === VAR) {
        if (args[p] === loop) {
          seen = true;
          stride = 2;
        }
      } else if (op === MUL_CONST) {
        if (seen && !sum) {
          product = true;
          stride = args[p]!;
        }
      } else if ((op === ADD || op === ADD_CONST) && seen && !product) {
        sum = true;
        stride = 1;
      }
    }
    return product || sum ? stride : 1;
  }

  private emit(op: number, arg: number): void {
    if (this.length === this.ops.length) {
      this.ops = grownInts(this.ops);
      this.args = grownDoubles(this.args);
    }
    this.ops[this.length] = op;
    this.args[this.length++] = arg;
  }

  private emitTree(e: Expr, id: number): void {
    switch (e.kind) {
      case 'var': {
        const loop = this.nest.find(e);
        if (loop < 0) return this.emit(UNKNOWN, 0);
        this.loops[id * LOOP_WORDS + (loop >> 5)]! |= 1 << (loop & 31);
        return this.emit(VAR, loop);
      }
      case 'int': return this.emit(CONST, e.value);
      case 'float': return this.emit(UNKNOWN, 0);
      case 'binary': return this.emitBinary(e, id);
      case 'cast': return this.emitTree(e.a, id);
      case 'not':
        this.emitTree(e.a, id);
        return this.emit(UNKNOWN, 1);
      case 'select':
        this.emitTree(e.cond, id);
        this.emitTree(e.then, id);
        this.emitTree(e.else, id);
        return this.emit(UNKNOWN, 3);
      case 'call': case 'load': {
        const parts = e.kind === 'call' ? e.args : e.indices;
        for (const part of parts) this.emitTree(part, id);
        return this.emit(UNKNOWN, parts.length);
      }
    }
  }

  private emitBinary(e: Binary, id: number): void {
    const { op, a, b } = e;
    if (op === 'mul' && a.kind === 'int') {
      this.emitTree(b, id);
      return this.emit(MUL_CONST, a.value);
    }
    this.emitTree(a, id);
    if (b.kind === 'int') {
      switch (op) {
        case 'add': return this.emit(ADD_CONST, b.value);
        case 'sub': return this.emit(SUB_CONST, b.value);
        case 'mul': return this.emit(MUL_CONST, b.value);
        case 'floordiv': if (b.value > 0) return this.emit(DIV_CONST, b.value); break;
        case 'floormod': if (b.value > 0) return this.emit(MOD_CONST, b.value); break;
      }
    }
    this.emitTree(b, id);
    switch (op) {
      case 'add': return this.emit(ADD, 0);
      case 'sub': return this.emit(SUB, 0);
      case 'mul': return this.emit(MUL, 0);
      case 'min': return this.emit(MIN, 0);
      case 'max': return this.emit(MAX, 0);
      default: return this.emit(UNKNOWN, 2);
    }
  }
}
