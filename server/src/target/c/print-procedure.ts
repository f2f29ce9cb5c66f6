/** Procedures as C. Products and sums are not contracted, so that comparisons come out as on other targets. */
import type { Buffer } from '../../ir/buffer.js';
import type { Local, Procedure, Statement, Term } from '../../ir/procedure/procedure.js';
import { defined } from '../../base/assert.js';
import { dtypeBytes, isHalf } from '../../ir/dtype.js';
import { scratchOffsets } from '../network.js';
import { convert, integerCall, literal, scalarArithmetic } from './arithmetic.js';
import { cType } from './types.js';

const COMPARISONS = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;
const FUNCTIONS = { abs: '__builtin_fabs', floor: '__builtin_floor', ceil: '__builtin_ceil', sqrt: '__builtin_sqrt', round: '__builtin_rint' } as const;

/** A function of the translation unit: `tensors` are the inputs, then the outputs; scratch lies in `workspace`. */
export function printProcedure(procedure: Procedure, symbol: string): string {
  return new ProcedurePrinter(procedure).print(symbol);
}

class ProcedurePrinter {
  private readonly buffers = new Map<Buffer, string>();
  private readonly locals = new Map<Local, string>();
  private readonly lines: string[] = [];

  constructor(private readonly procedure: Procedure) {
    for (const buffer of [...procedure.inputs, ...procedure.outputs, ...procedure.scratch]) this.buffers.set(buffer, `b${this.buffers.size}_${plain(buffer.name)}`);
    for (const local of procedure.locals) this.locals.set(local, `${plain(local.name)}_${this.locals.size}`);
  }

  print(symbol: string): string {
    const { inputs, outputs, scratch, locals, body } = this.procedure;
    const at = scratchOffsets(this.procedure);
    const pointer = (buffer: Buffer, from: string, qualifier: string): void => {
      const type = `${qualifier}${cType(buffer.dtype)} *`;
      this.lines.push(`  ${type}restrict const ${defined(this.buffers.get(buffer), 'a buffer')} = (${type})${from};`);
    };
    inputs.forEach((buffer, i) => pointer(buffer, `tensors[${i}]`, 'const '));
    outputs.forEach((buffer, i) => pointer(buffer, `tensors[${inputs.length + i}]`, ''));
    scratch.forEach((buffer, i) => pointer(buffer, `(workspace + ${at[i] ?? 0})`, ''));
    for (const local of locals) this.lines.push(`  ${cType(local.type)} ${this.name(local)} = 0;`);
    this.block(body, '  ');
    return `#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("fp-contract=off")))
#endif
static void ${symbol}(void *const *tensors, unsigned char *workspace) {
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
  (void)tensors; (void)workspace;
${this.lines.join('\n')}
}
`;
  }

  private name(local: Local): string {
    return defined(this.locals.get(local), local.name);
  }

  private block(statements: readonly Statement[], indent: string): void {
    for (const s of statements) this.statement(s, indent);
  }

  private braced(head: string, statements: readonly Statement[], indent: string): void {
    this.lines.push(`${indent}${head} {`);
    this.block(statements, `${indent}  `);
    this.lines.push(`${indent}}`);
  }

  private statement(s: Statement, indent: string): void {
    switch (s.kind) {
      case 'set': this.lines.push(`${indent}${this.name(s.local)} = ${this.term(s.value)};`); return;
      case 'store': this.lines.push(`${indent}${this.element(s.buffer, s.index)} = ${convert(this.term(s.value), s.value.type, s.buffer.dtype)};`); return;
      case 'for': {
        const at = this.name(s.local);
        this.braced(`for (int below_${at} = ((${at} = ${this.term(s.from)}), ${this.term(s.below)}); ${at} < below_${at}; ${at}++)`, s.body, indent);
        return;
      }
      case 'while': this.braced(`while (${this.term(s.cond)})`, s.body, indent); return;
      case 'if':
        this.braced(`if (${this.term(s.cond)})`, s.then, indent);
        if (s.else.length > 0) this.braced('else', s.else, indent);
    }
  }

  private element(buffer: Buffer, index: Term): string {
    return `${defined(this.buffers.get(buffer), buffer.name)}[${this.term(index)}]`;
  }

  private term(t: Term): string {
    switch (t.kind) {
      case 'const': return literal(t.value, t.type);
      case 'local': return this.name(t.local);
      case 'load': {
        const element = this.element(t.buffer, t.index);
        return isHalf(t.buffer.dtype) || t.type !== t.buffer.dtype ? `(${convert(element, t.buffer.dtype, t.type)})` : element;
      }
      case 'binary': {
        const [a, b] = [this.term(t.a), this.term(t.b)];
        const done = integerCall(t.op === 'mod' ? 'truncmod' : t.op, [a, b], t.type);
        if (done !== undefined) return `(${done})`;
        return t.op === 'add' || t.op === 'sub' || t.op === 'mul' || t.op === 'div' ? `(${scalarArithmetic(t.op, a, b, t.type)})` : '0';
      }
      case 'unary': return t.op === 'neg' ? `(-${this.term(t.a)})` : `${FUNCTIONS[t.op]}${dtypeBytes(t.type) === 4 ? 'f' : ''}(${this.term(t.a)})`;
      case 'compare': return `(${this.term(t.a)} ${COMPARISONS[t.op]} ${this.term(t.b)})`;
      case 'and': return `(${this.term(t.a)} && ${this.term(t.b)})`;
      case 'or': return `(${this.term(t.a)} || ${this.term(t.b)})`;
      case 'not': return `(!${this.term(t.a)})`;
      case 'choose': return `(${this.term(t.cond)} ? ${this.term(t.then)} : ${this.term(t.else)})`;
      case 'cast': return `(${convert(`(${this.term(t.a)})`, t.a.type, t.type)})`;
    }
  }
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '_');
}
