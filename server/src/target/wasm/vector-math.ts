/** The vector functions of the kernels as WebAssembly functions of a module. */
import type { Kernel, KernelStmt, Value } from '../kernel/ir.js';
import { valuesOf, visitValue } from '../kernel/value-walk.js';
import { VECTOR_FUNCTIONS, type VectorOp } from '../kernel/vector-math.js';
import { SIMD, TYPE, type FunctionCode, type FunctionType } from './encoder.js';
import { FunctionWriter } from './function-writer.js';

const VECTOR_TYPE: FunctionType = { params: [TYPE.v128], results: [TYPE.v128] };
const BINARY = {
  add: SIMD.add, sub: SIMD.sub, mul: SIMD.mul, div: SIMD.div, lt: SIMD.f32x4Lt, gt: SIMD.f32x4Gt, ne: SIMD.f32x4Ne,
  iadd: SIMD.i32x4Add, isub: SIMD.i32x4Sub, and: SIMD.and, or: SIMD.or,
} as const;

/** The functions that the kernels call in lanes, in a fixed order. */
export function vectorFunctionsOf(kernels: readonly Kernel[]): readonly string[] {
  const used = new Set<string>();
  const add = (v: Value): void => { if (v.kind === 'call' && v.lanes > 1) used.add(v.callee.replace(/^tir\./, '')); };
  const visit = (s: KernelStmt): void => {
    for (const v of valuesOf(s)) visitValue(v, add);
    if ('body' in s) s.body.forEach(visit);
  };
  kernels.forEach((k) => k.body.forEach(visit));
  return [...VECTOR_FUNCTIONS.keys()].filter((name) => used.has(name));
}

/** `v128 -> v128`. */
export function vectorFunction(name: string): FunctionCode {
  const code = VECTOR_FUNCTIONS.get(name);
  if (code === undefined) throw new Error(`assertion failed: no vector function ${name}`);
  const w = new FunctionWriter(VECTOR_TYPE, undefined);
  const locals: number[] = [];
  const get = (k: number): FunctionWriter => w.get(locals[k] ?? 0);
  const push = (o: VectorOp): void => {
    switch (o.op) {
      case 'argument': w.get(0); return;
      case 'float': w.v128([o.value, o.value, o.value, o.value]); return;
      case 'int': w.v128Ints([o.value, o.value, o.value, o.value]); return;
      case 'shl': get(o.a).i32(o.by).simd(SIMD.i32x4Shl); return;
      case 'shr': get(o.a).i32(o.by).simd(SIMD.i32x4ShrS); return;
      case 'toFloat': get(o.a).simd(SIMD.f32x4ConvertI32x4S); return;
      case 'select': get(o.a); get(o.b); get(o.mask).simd(SIMD.bitselect); return;
      default: get(o.a); get(o.b).simd(BINARY[o.op]);
    }
  };
  code.forEach((o, i) => {
    push(o);
    locals[i] = w.local(TYPE.v128);
    if (i < code.length - 1) w.set(locals[i] ?? 0);
  });
  return w.finish();
}
