/**
 * Kernels as C: explicit vector types, accumulators as named variables, no headers and no library calls inside loops
 * (measured reasons in docs/benchmarks.md). Parallel loops become functions that the host's thread pool calls.
 */
import type { Buffer } from '../../ir/buffer.js';
import type { Var } from '../../ir/expr.js';
import { kernelHeadC } from '../abi.js';
import type { Kernel, KernelStmt, Value } from '../kernel/ir.js';
import { valuesOf, visitValue } from '../kernel/value-walk.js';
import { reg, ValuePrinter } from './print-value.js';
import { Scope } from './scope.js';
import { cType, cVector, PRELUDE } from './types.js';
import { vectorFunctionsIn } from './vector-math.js';

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

class KernelPrinter {
  private readonly functions: string[] = [];
  private readonly values: ValuePrinter;

  constructor(private readonly kernel: Kernel, private readonly dialect: CDialect) {
    this.values = new ValuePrinter(kernel, dialect.x86VectorBytes);
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
      const name = this.values.bufferName(buffer);
      const type = cType(buffer.dtype);
      if (place === undefined) throw new Error(`assertion failed: ${buffer.name} has no place`);
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
      case 'if': this.nested(s.body, scope, outer, `if (${this.values.condition(s.cond, scope)})`); return;
      case 'let': scope.add(`${cVector(s.register.dtype, s.register.lanes)} ${reg(s.register)} = ${this.values.value(s.value, scope)};`); return;
      case 'set': scope.add(`${reg(s.register)} = ${this.values.value(s.value, scope)};`); return;
      case 'store': {
        const value = this.values.value(s.value, scope);
        const at = this.values.element(s.buffer, s.index, scope);
        scope.add(s.lanes === 1 ? `${at} = ${value};` : `*(ansor_v${s.lanes} *)&${at} = ${value};`);
        return;
      }
      // Into the second-level cache: what is in use keeps the first-level one.
      case 'prefetch': scope.add(`__builtin_prefetch(&${this.values.element(s.buffer, s.index, scope)}, 0, 2);`);
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
