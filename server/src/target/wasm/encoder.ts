/** The WebAssembly binary format, as far as kernels need it (WebAssembly core specification 2.0, chapter 5; relaxed SIMD proposal). */

export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof TYPE)[keyof typeof TYPE];

/** Single-byte instructions; those of one number type only are in scalars.ts. */
export const OP = {
  block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, call: 0x10, drop: 0x1a, select: 0x1b,
  localGet: 0x20, localSet: 0x21, localTee: 0x22,
  i32Load: 0x28, f32Load: 0x2a, i32Store: 0x36, f32Store: 0x38, i32Load8S: 0x2c, i32Load8U: 0x2d, i32Load16S: 0x2e, i32Store8: 0x3a, i32Store16: 0x3b,
  i32Const: 0x41, f32Const: 0x43,
  i32Eqz: 0x45, i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32GtS: 0x4a, i32LeS: 0x4c, i32GeS: 0x4e,
  f32Eq: 0x5b, f32Ne: 0x5c, f32Lt: 0x5d, f32Gt: 0x5e, f32Le: 0x5f, f32Ge: 0x60,
  i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32DivS: 0x6d, i32RemS: 0x6f, i32And: 0x71, i32Or: 0x72, i32Shl: 0x74,
  f32Sqrt: 0x91, f32Add: 0x92, f32Sub: 0x93, f32Mul: 0x94, f32Div: 0x95, f32Min: 0x96, f32Max: 0x97, f32ConvertI32S: 0xb2,
  i32ReinterpretF32: 0xbc, f32ReinterpretI32: 0xbe, f32Copysign: 0x98, i32ShrU: 0x76, i32WrapI64: 0xa7, f32DemoteF64: 0xb6, f64PromoteF32: 0xbb,
  i64Const: 0x42, f64Const: 0x44, f64Store: 0x39, f64Load: 0x2b, f64Add: 0xa0, f64Sub: 0xa1,
  i32Extend8S: 0xc0, i32Extend16S: 0xc1,
  /** The byte before `i32TruncSatF32S`. */
  prefix: 0xfc, i32TruncSatF32S: 0x00,
} as const;

/** Of a block, loop or if that leaves nothing. */
export const NO_RESULT = 0x40;

/** Instructions behind the SIMD prefix 0xfd. */
export const SIMD = {
  load: 0x00, load32Splat: 0x09, store: 0x0b, const: 0x0c, f32x4Splat: 0x13, f32x4ExtractLane: 0x1f, f32x4ReplaceLane: 0x20,
  f32x4Ne: 0x42, f32x4Lt: 0x43, f32x4Gt: 0x44, and: 0x4e, or: 0x50, bitselect: 0x52, i32x4Shl: 0xab, i32x4ShrS: 0xac, i32x4Add: 0xae, i32x4Sub: 0xb1, f32x4ConvertI32x4S: 0xfa,
  sqrt: 0xe3, add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pmin: 0xea, pmax: 0xeb, relaxedMadd: 0x105,
} as const;

export function unsigned(n: number): number[] {
  const out: number[] = [];
  let rest = n >>> 0;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

export function signed(n: number): number[] {
  const out: number[] = [];
  let rest = n | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
      out.push(byte);
      return out;
    }
    out.push(byte | 0x80);
  }
}

export function float32Bytes(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

/** A 64-bit integer. */
export function signedLong(n: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asIntN(64, n);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0)) {
      out.push(byte);
      return out;
    }
    out.push(byte | 0x80);
  }
}

export function float64Bytes(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)];
}

function text(s: string): number[] {
  const bytes = [...new TextEncoder().encode(s)];
  return [...unsigned(bytes.length), ...bytes];
}

export interface FunctionType { readonly params: readonly ValueType[]; readonly results: readonly ValueType[] }
export interface FunctionCode { readonly type: FunctionType; readonly locals: readonly ValueType[]; readonly code: readonly number[]; readonly exportName?: string }
export interface ImportedFunction { readonly name: string; readonly type: FunctionType }

/** A module that imports a shared memory `env.memory` and functions of `env`; function indices count imports first. */
export function encodeModule(imports: readonly ImportedFunction[], functions: readonly FunctionCode[], maxPages: number): Uint8Array {
  const types: FunctionType[] = [];
  const typeIndex = (t: FunctionType): number => {
    const key = JSON.stringify(t);
    const at = types.findIndex((x) => JSON.stringify(x) === key);
    return at >= 0 ? at : types.push(t) - 1;
  };
  const importBytes = [
    [...text('env'), ...text('memory'), 0x02, 0x03, ...unsigned(1), ...unsigned(maxPages)],
    ...imports.map((f) => [...text('env'), ...text(f.name), 0x00, ...unsigned(typeIndex(f.type))]),
  ];
  const functionBytes = functions.map((f) => unsigned(typeIndex(f.type)));
  const exportBytes = functions.flatMap((f, i) => (f.exportName === undefined ? [] : [[...text(f.exportName), 0x00, ...unsigned(imports.length + i)]]));
  const codeBytes = functions.map((f) => {
    const locals = f.locals.flatMap((t) => [1, t]);
    const size = unsigned(f.locals.length);
    const length = size.length + locals.length + f.code.length + 1;
    return { head: [...unsigned(length), ...size, ...locals], code: f.code };
  });
  const typeBytes = types.map((t) => [0x60, ...unsigned(t.params.length), ...t.params, ...unsigned(t.results.length), ...t.results]);
  const out: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const append = (bytes: readonly number[]): void => {
    for (const b of bytes) out.push(b);
  };
  const section = (id: number, entries: readonly (readonly number[])[]): void => {
    const count = unsigned(entries.length);
    append([id, ...unsigned(entries.reduce((n, e) => n + e.length, count.length)), ...count]);
    for (const e of entries) append(e);
  };
  section(1, typeBytes);
  section(2, importBytes);
  section(3, functionBytes);
  section(7, exportBytes);
  const count = unsigned(codeBytes.length);
  append([10, ...unsigned(codeBytes.reduce((n, c) => n + c.head.length + c.code.length + 1, count.length)), ...count]);
  for (const c of codeBytes) {
    append(c.head);
    append(c.code);
    out.push(OP.end);
  }
  return Uint8Array.from(out);
}
