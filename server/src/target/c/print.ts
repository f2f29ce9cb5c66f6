/**
 * Kernels as C: explicit vector types, accumulators as named variables, no headers and no library calls inside loops
 * (measured reasons in docs/benchmarks.md). Parallel loops become functions that the host's thread pool calls.
 */
import type { Buffer } from '../../ir/buffer.js';
import { isFloat } from '../../ir/dtype.js';
import type { Var } from '../../ir/expr.js';
import { valueType, type BinaryValueOp, type Condition, type Kernel, type KernelStmt, type Register, type Value } from '../kernel/ir.js';
import { kernelHeadC } from '../abi.js';
import { linearKey, type Linear } from '../kernel/linear.js';
import { convert, integerCall, literal, scalarArithmetic } from './arithmetic.js';
import { printIndex, printTerms } from './expr.js';
import { valuesOf, visitValue } from '../kernel/value-walk.js';
import { VECTOR_FUNCTIONS } from '../kernel/vector-math.js';
import { cType, cVector, PRELUDE } from './types.js';
import { acrossName, vectorFunctionName, vectorFunctionsIn } from './vector-math.js';

export interface CDialect {
  /** x86 builtins for vector minimum and maximum of this width in bytes and below; 0: portable masks. */
  readonly x86VectorBytes: number;
  /**
   * Constraint letter of the vector registers for inline assembly (`x`, `v`, `w`). Loads used several times are pinned with it: gcc would
   * otherwise fold the load into each use, and the loads then cost more than the multiply-adds.
   */
  readonly pin: string | undefined;
}

/** A kernel's functions; the translation unit begins with `PRELUDE`. */
export function printKernel(kernel: Kernel, dialect: CDialect): string {
  const text = new KernelPrinter(kernel, dialect).print();
  return vectorFunctionsIn(text) + text;
}

/** One translation unit with the given kernels. */
export function printTranslationUnit(kernels: readonly Kernel[], dialect: CDialect): string {
  return PRELUDE + kernels.map((k) => printKernel(k, dialect)).join('\n');
}

class Scope {
  readonly lines: string[] = [];
  private readonly pointers = new Map<string, string>();

  constructor(readonly indent: string, private readonly parent: Scope | undefined) {}

  pointer(key: string): string | undefined {
    return this.pointers.get(key) ?? this.parent?.pointer(key);
  }

  define(key: string, name: string): void {
    this.pointers.set(key, name);
  }

  add(line: string): void {
    this.lines.push(this.indent + line);
  }
}

class KernelPrinter {
  private readonly functions: string[] = [];
  private readonly bufferNames = new Map<Buffer, string>();
  private pointerCount = 0;

  constructor(private readonly kernel: Kernel, private readonly dialect: CDialect) {
    let n = 0;
    for (const b of kernel.placements.keys()) this.bufferNames.set(b, `b${n++}_${b.name.replace(/[^A-Za-z0-9]/g, '_')}`);
  }

  print(): string {
    const { symbol } = this.kernel;
    const scope = new Scope('  ', undefined);
    this.declareBuffers(scope, usedBuffers(this.kernel.body, false), false);
    this.block(this.kernel.body, scope, []);
    const main = `${kernelHeadC(symbol)} {
  (void)host; (void)tensors; (void)workspace;
${scope.lines.join('\n')}
}
`;
    return `${this.functions.join('')}${main}`;
  }

  private declareBuffers(scope: Scope, used: ReadonlySet<Buffer>, worker: boolean): void {
    const { params, outputCount, workspace } = this.kernel;
    for (const buffer of used) {
      const place = this.kernel.placements.get(buffer);
      const name = this.bufferNames.get(buffer);
      const type = cType(buffer.dtype);
      if (place === undefined || name === undefined) throw new Error(`assertion failed: ${buffer.name} has no place`);
      if (place.kind === 'param') {
        const constant = place.position < params.length - outputCount ? 'const ' : '';
        scope.add(`${constant}${type} *restrict ${name} = (${constant}${type} *)tensors[${place.position}];`);
      } else if (place.kind === 'shared') {
        scope.add(`${type} *restrict ${name} = (${type} *)(workspace + ${place.offset});`);
      } else if (worker) {
        scope.add(`${type} *restrict ${name} = (${type} *)(workspace + ${workspace.sharedBytes} + worker * ${workspace.threadBytes}L + ${place.offset});`);
      }
    }
  }

  private block(stmts: readonly KernelStmt[], scope: Scope, outer: readonly Var[]): void {
    const uses = this.dialect.pin === undefined ? undefined : registerUses(stmts);
    for (const s of stmts) {
      this.stmt(s, scope, outer);
      if (s.kind === 'let' && s.value.kind === 'load' && s.value.lanes > 1 && (uses?.get(s.register.id) ?? 0) > 1) {
        scope.add(`__asm__("" : "+${this.dialect.pin ?? ''}"(${reg(s.register)}));`);
      }
    }
  }

  private nested(stmts: readonly KernelStmt[], scope: Scope, outer: readonly Var[], head: string): void {
    const inner = new Scope(`${scope.indent}  `, scope);
    this.block(stmts, inner, outer);
    scope.add(`${head} {`);
    scope.lines.push(...inner.lines);
    scope.add('}');
  }

  private stmt(s: KernelStmt, scope: Scope, outer: readonly Var[]): void {
    switch (s.kind) {
      case 'for': {
        const v = this.name(s.var);
        this.nested(s.body, scope, [...outer, s.var], `for (long ${v} = 0; ${v} < ${s.extent}; ${v}++)`);
        return;
      }
      case 'parallel': this.parallel(s, scope, outer); return;
      case 'if': this.nested(s.body, scope, outer, `if (${this.condition(s.cond, scope)})`); return;
      case 'let': scope.add(this.declaration(s.register, s.value, scope)); return;
      case 'set': scope.add(`${reg(s.register)} = ${this.value(s.value, scope)};`); return;
      case 'store': {
        const value = this.value(s.value, scope);
        const at = this.element(s.buffer, s.index, scope);
        scope.add(s.lanes === 1 ? `${at} = ${value};` : `*(ansor_v${s.lanes} *)&${at} = ${value};`);
        return;
      }
      // Into the second-level cache: what is in use keeps the first-level one.
      case 'prefetch': scope.add(`__builtin_prefetch(&${this.element(s.buffer, s.index, scope)}, 0, 2);`);
    }
  }

  /** Outlines the loop; the closure carries the tensors and the variables of the loops around it. */
  private parallel(s: KernelStmt & { kind: 'parallel' }, scope: Scope, outer: readonly Var[]): void {
    if (outer.length > 8) throw new Error('assertion failed: a parallel loop stands under more than 8 loops');
    const name = `${this.kernel.symbol}_p${this.functions.length}`;
    const inner = new Scope('    ', undefined);
    const top = new Scope('  ', undefined);
    top.add('const struct ansor_closure *c = closure;');
    top.add('void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;');
    top.add('(void)tensors; (void)workspace; (void)worker;');
    outer.forEach((v, i) => top.add(`const long ${this.name(v)} = c->outer[${i}];`));
    this.declareBuffers(top, usedBuffers(s.body, true), true);
    this.block(s.body, inner, [...outer, s.var]);
    const v = this.name(s.var);
    this.functions.push(`static void ${name}(void *closure, int begin, int end, int worker) {
${top.lines.join('\n')}
  for (long ${v} = begin; ${v} < end; ${v}++) {
${inner.lines.join('\n')}
  }
}
`);
    scope.add('{');
    scope.add(`  struct ansor_closure c = { tensors, workspace, { ${outer.map((o) => this.name(o)).join(', ') || '0'} } };`);
    scope.add(`  host->parallel_for(host, ${name}, &c, ${s.extent});`);
    scope.add('}');
  }

  private name(v: Var): string {
    return this.kernel.names.get(v) ?? v.name;
  }

  /** `pointer[constant]`: the varying part of an address is computed once per block. */
  private element(buffer: Buffer, index: Linear, scope: Scope): string {
    const base = this.bufferNames.get(buffer) ?? buffer.name;
    if (index.terms.length === 0) return `${base}[${index.constant}]`;
    const key = `${base}:${linearKey({ terms: index.terms, constant: 0 })}`;
    let pointer = scope.pointer(key);
    if (pointer === undefined) {
      pointer = `p${this.pointerCount++}`;
      const place = this.kernel.placements.get(buffer);
      const input = place?.kind === 'param' && place.position < this.kernel.params.length - this.kernel.outputCount;
      scope.add(`${input ? 'const ' : ''}${cType(buffer.dtype)} *${pointer} = ${base} + (${printTerms(index, this.kernel.names)});`);
      scope.define(key, pointer);
    }
    return `${pointer}[${index.constant}]`;
  }

  private declaration(r: Register, v: Value, scope: Scope): string {
    return `${cVector(r.dtype, r.lanes)} ${reg(r)} = ${this.value(v, scope)};`;
  }

  private value(v: Value, scope: Scope): string {
    const go = (x: Value): string => this.value(x, scope);
    switch (v.kind) {
      case 'const': return v.lanes === 1 ? literal(v.value, v.dtype) : splat(literal(v.value, v.dtype), v.lanes);
      case 'register': return reg(v.register);
      case 'load': {
        if (v.lanes === 1) return this.element(v.buffer, v.index, scope);
        const at = (k: number): string => this.element(v.buffer, { terms: v.index.terms, constant: v.index.constant + k }, scope);
        if (v.stride === 1) return `*(const ansor_v${v.lanes} *)&${at(0)}`;
        if (v.stride === 0) return splat(at(0), v.lanes);
        return `(ansor_v${v.lanes}){${Array.from({ length: v.lanes }, (_, k) => at(k * v.stride)).join(', ')}}`;
      }
      case 'binary':
        return v.lanes === 1 ? scalarArithmetic(v.op, go(v.a), go(v.b), v.dtype) : this.vectorArithmetic(v.op, go(v.a), go(v.b), v.lanes);
      case 'fma': {
        if (isFloat(v.dtype)) return `(${go(v.a)} * ${go(v.b)} + ${go(v.c)})`;
        return scalarArithmetic('add', scalarArithmetic('mul', go(v.a), go(v.b), v.dtype), go(v.c), v.dtype);
      }
      case 'branch': {
        // Results of vector operations have no `may_alias`, so that the types of the two would differ.
        const as = v.lanes === 1 ? '' : `(ansor_v${v.lanes})`;
        return `(${this.condition(v.cond, scope)} ? ${as}${go(v.then)} : ${as}${go(v.else)})`;
      }
      case 'across': return `${acrossName(v.op, lanesOf(v.a))}(${go(v.a)})`;
      case 'cast': return convert(`(${go(v.a)})`, valueType(v.a), v.dtype);
      case 'gather': return `${this.bufferNames.get(v.buffer) ?? v.buffer.name}[${go(v.index)}]`;
      case 'index': return `(${cType(v.dtype)})(${printIndex(v.value, this.kernel.names)})`;
      case 'call': return this.call(v, scope);
    }
  }

  /** Vectors of float32. */
  private vectorArithmetic(op: BinaryValueOp, a: string, b: string, lanes: number): string {
    switch (op) {
      case 'add': return `(${a} + ${b})`;
      case 'sub': return `(${a} - ${b})`;
      case 'mul': return `(${a} * ${b})`;
      case 'div': return `(${a} / ${b})`;
      case 'min': case 'max': break;
      case 'floordiv': case 'floormod': throw new Error('assertion failed: vectors of integers');
    }
    const t = `ansor_v${lanes}`;
    const m = `ansor_m${lanes}`;
    if (lanes * 4 <= this.dialect.x86VectorBytes) {
      // Gives b when either is NaN, as the portable form does.
      if (lanes === 16) return `(${t})__builtin_ia32_${op}ps512_mask(${a}, ${b}, ${a}, -1, 4)`;
      if (lanes === 8) return `(${t})__builtin_ia32_${op}ps256(${a}, ${b})`;
      if (lanes === 4) return `(${t})__builtin_ia32_${op}ps(${a}, ${b})`;
    }
    return `({ ${t} x_ = ${a}, y_ = ${b}; ${m} k_ = x_ ${op === 'min' ? '<' : '>'} y_; (${t})(((${m})x_ & k_) | ((${m})y_ & ~k_)); })`;
  }

  private call(v: Value & { kind: 'call' }, scope: Scope): string {
    const name = v.callee.replace(/^tir\./, '');
    const suffix = v.dtype === 'float64' ? '' : 'f';
    const unit = literal(1, v.dtype);
    const one = (args: readonly string[]): string => {
      if (name === 'rsqrt') return `(${unit} / __builtin_sqrt${suffix}(${args[0] ?? ''}))`;
      if (name === 'sigmoid') return `(${unit} / (${unit} + __builtin_exp${suffix}(-(${args[0] ?? ''}))))`;
      return `__builtin_${name === 'abs' ? 'fabs' : name}${suffix}(${args.join(', ')})`;
    };
    const args = v.args.map((a) => this.value(a, scope));
    if (!isFloat(v.dtype)) return integerCall(name, args.map((a) => `(${a})`), v.dtype) ?? one(args);
    if (v.lanes === 1) return one(args);
    if (v.dtype === 'float32' && VECTOR_FUNCTIONS.has(name)) return `${vectorFunctionName(name, v.lanes)}(${args.join(', ')})`;
    // One expression: behind a condition, the arguments must not be evaluated before it.
    const id = this.pointerCount++;
    const names = args.map((a, i) => `${cVector(v.dtype, v.lanes)} t${id}_${i} = ${a};`);
    return `({ ${names.join(' ')} (ansor_v${v.lanes}){${Array.from({ length: v.lanes }, (_, k) => one(args.map((_a, i) => `t${id}_${i}[${k}]`))).join(', ')}}; })`;
  }

  private condition(c: Condition, scope: Scope): string {
    switch (c.kind) {
      case 'index': return printIndex(c.expr, this.kernel.names);
      case 'and': return `(${this.condition(c.a, scope)} && ${this.condition(c.b, scope)})`;
      case 'or': return `(${this.condition(c.a, scope)} || ${this.condition(c.b, scope)})`;
      case 'not': return `!(${this.condition(c.a, scope)})`;
      case 'compare': {
        const op = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' }[c.op];
        return `(${this.value(c.a, scope)} ${op} ${this.value(c.b, scope)})`;
      }
    }
  }
}

function reg(r: Register): string {
  return `r${r.id}`;
}

/** How many elements a value has. */
function lanesOf(v: Value): number {
  return v.kind === 'register' ? v.register.lanes : v.lanes;
}

function splat(text: string, lanes: number): string {
  return `(ansor_v${lanes}){${new Array<string>(lanes).fill(text).join(', ')}}`;
}

/** How often the statements of this block (not of inner ones) read each register. */
function registerUses(stmts: readonly KernelStmt[]): Map<number, number> {
  const uses = new Map<number, number>();
  const count = (v: Value): void => { if (v.kind === 'register') uses.set(v.register.id, (uses.get(v.register.id) ?? 0) + 1); };
  for (const s of stmts) if (s.kind !== 'if') for (const v of valuesOf(s)) visitValue(v, count);
  return uses;
}

/** The buffers that statements use; `inside` false leaves out the bodies of parallel loops. */
function usedBuffers(stmts: readonly KernelStmt[], inside: boolean): Set<Buffer> {
  const used = new Set<Buffer>();
  const add = (v: Value): void => { if (v.kind === 'load' || v.kind === 'gather') used.add(v.buffer); };
  const visit = (s: KernelStmt): void => {
    if (s.kind === 'store' || s.kind === 'prefetch') used.add(s.buffer);
    for (const v of valuesOf(s)) visitValue(v, add);
    if ('body' in s && (s.kind !== 'parallel' || inside)) s.body.forEach(visit);
  };
  stmts.forEach(visit);
  return used;
}
