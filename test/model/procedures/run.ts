/** Procedures by themselves: interpreted, as WebAssembly and as C, with guarded memory around each tensor. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { elementCount, type Buffer } from '../../../server/src/ir/buffer.js';
import type { DType } from '../../../server/src/ir/dtype.js';
import { interpretProcedure, memoryFor, type Memory } from '../../../server/src/ir/procedure/interpret.js';
import type { Procedure } from '../../../server/src/ir/procedure/procedure.js';
import type { BufferRef, NetworkPlan } from '../../../server/src/model/plan.js';
import { hostTensor } from '../../../server/src/model/tensor.js';
import { elementBytes } from '../../../server/src/ir/element-bytes.js';
import type { PlannedCase } from '../onnx-backend/compile-case.js';
import { runCCases } from '../onnx-backend/run-c-cases.js';
import { runWasmCase } from '../onnx-backend/run-wasm-case.js';

/** A call, and what a straightforward program makes of the same inputs: all elements of all outputs. */
export interface ProcedureCase { readonly what: string; readonly procedure: Procedure; readonly inputs: readonly (readonly number[])[]; readonly expected: readonly (readonly number[])[] }

function planned({ procedure, inputs }: ProcedureCase): PlannedCase {
  const port = (buffer: Buffer, i: number) => ({ name: `t${i}_${buffer.name}`, dtype: buffer.dtype, shape: buffer.shape });
  const refs = (kind: 'input' | 'output', list: readonly Buffer[]): BufferRef[] => list.map((_, index) => ({ kind, index }));
  const plan: NetworkPlan = {
    name: procedure.name, tasks: [], procedures: [procedure], constants: [], inputs: procedure.inputs.map(port), outputs: procedure.outputs.map(port), arena: { slots: [], bytes: 0 },
    calls: [{ procedure: 0, inputs: refs('input', procedure.inputs), outputs: refs('output', procedure.outputs), nodes: [] }],
  };
  return {
    plan,
    inputs: procedure.inputs.map(({ dtype, shape }, i) => {
      const host = hostTensor(dtype, shape, Float64Array.from(inputs[i] ?? []));
      return { host, bytes: elementBytes(host.data, dtype) };
    }),
  };
}

function numbers(bytes: Uint8Array, dtype: DType): number[] {
  const own = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case 'int64': return Array.from(new BigInt64Array(own), Number);
    case 'uint64': return Array.from(new BigUint64Array(own), Number);
    case 'float32': return Array.from(new Float32Array(own));
    case 'float64': return Array.from(new Float64Array(own));
    case 'int32': return Array.from(new Int32Array(own));
    case 'uint32': return Array.from(new Uint32Array(own));
    case 'int8': return Array.from(new Int8Array(own));
    case 'uint8': case 'bool': return Array.from(new Uint8Array(own));
    default: throw new Error(`the tests have no ${dtype}`);
  }
}

function interpreted({ procedure, inputs }: ProcedureCase): readonly (readonly number[])[] {
  const memory = new Map<Buffer, Memory>();
  procedure.inputs.forEach((buffer, i) => {
    const data = memoryFor(buffer.dtype, elementCount(buffer.shape));
    inputs[i]?.forEach((value, k) => (data[k] = data instanceof Float64Array ? value : BigInt(value)));
    memory.set(buffer, data);
  });
  // What memory held before must not matter.
  for (const buffer of procedure.outputs) {
    const data = memoryFor(buffer.dtype, elementCount(buffer.shape));
    data.forEach((_, k) => (data[k] = data instanceof Float64Array ? 77 : 77n));
    memory.set(buffer, data);
  }
  interpretProcedure(procedure, memory, 10_000_000);
  return procedure.outputs.map((buffer) => Array.from(memory.get(buffer) as ArrayLike<number | bigint>, Number));
}

function agree(test: ProcedureCase, got: readonly (readonly number[])[], how: string): void {
  test.expected.forEach((want, i) => {
    const values = got[i] ?? [];
    assert.equal(values.length, want.length, `${test.what}, ${how}: length of output ${i}`);
    want.forEach((x, k) => {
      const y = values[k] ?? NaN;
      assert.ok(x === y || (Number.isNaN(x) && Number.isNaN(y)), `${test.what}, ${how}: element ${k} of ${test.procedure.outputs[i]?.name ?? ''} is ${y} instead of ${x}`);
    });
  });
}

/** Interpreted and as WebAssembly. */
export function checkHere(cases: readonly ProcedureCase[]): void {
  for (const test of cases) {
    agree(test, interpreted(test), 'interpreted');
    agree(test, runWasmCase(planned(test)).map((bytes, i) => numbers(bytes, test.procedure.outputs[i]?.dtype ?? 'float32')), 'WebAssembly');
  }
}

/** As one C program. */
export function checkC(cases: readonly ProcedureCase[], compiler: string): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ansor-procedures-'));
  try {
    const outputs = runCCases(cases.map(planned), folder, compiler, 'naive');
    cases.forEach((test, i) => agree(test, (outputs[i] ?? []).map((bytes, k) => numbers(bytes, test.procedure.outputs[k]?.dtype ?? 'float32')), 'C'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
