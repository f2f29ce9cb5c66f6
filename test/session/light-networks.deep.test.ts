/**
 * The nine light networks of the onnx package (well-known networks whose weights are constants made at start), by default rules: against the outputs that stand beside them (its runner's
 * input: the k-th of n elements is k / n), and, since equal weights give equal outputs, with random weights against ONNX Runtime.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { createRng } from '../../server/src/base/rng.js';
import { elementCount } from '../../server/src/ir/buffer.js';
import { ModelProtoSchema, TensorProto_DataType, TensorProtoSchema, type TensorProto } from '../../server/src/model/onnx/generated/onnx_pb.js';
import { readInput } from '../../server/src/session/input.js';
import { assembleNetwork, startNetwork } from '../../server/src/session/network.js';
import { readOutputs } from '../../server/src/session/network-outputs.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { BufferIds } from '../../server/src/session/task-bench.js';
import { compileTasks } from '../../server/src/session/tune/latencies.js';
import { folder, noCompiler } from '../cli/ansor.js';
import { readArchive } from '../model/onnx-backend/archive.js';
import { readTensor } from '../model/onnx-backend/case.js';

const files = readArchive(path.join(import.meta.dirname, '../fixtures/onnx/onnx-backend-tests.tar.gz'));
const names = [...files.keys()].flatMap((name) => /^light\/(light_\w+)\.onnx$/.exec(name)?.[1] ?? []).sort();

test('there are nine', () => assert.equal(names.length, 9));

const opened = noCompiler === false ? openBackend('c', { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') }) : undefined;
after(async () => {
  const backend = await opened;
  if (backend?.ok === true) await backend.value.close();
});

/** Runs a model's file. @returns its outputs */
async function run(file: string): Promise<readonly ArrayLike<number>[]> {
  const backend = await opened;
  assert.ok(backend?.ok);
  const input = readInput(file);
  const { plan } = input;
  assert.ok(plan !== undefined);
  const inputs = plan.inputs.map(({ shape }) => new Uint8Array(fractions(elementCount(shape)).buffer));
  const network = await startNetwork(backend.value, assembleNetwork(plan, compileTasks(input, backend.value, 'default')), inputs, new BufferIds());
  assert.ok(network.ok, JSON.stringify(network));
  const ran = await network.value.open.call({ repeats: 1, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, 120);
  assert.ok(ran.ok, JSON.stringify(ran));
  const got = await readOutputs(network.value, plan);
  await network.value.close();
  return got.map(({ data }) => data);
}

function fractions(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, k) => k / n);
}

function compare(t: TestContext, got: ArrayLike<number> | undefined, expected: ArrayLike<number>, what: string): void {
  assert.equal(got?.length, expected.length);
  const largest = Array.from(expected).reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const error = Array.from(expected).reduce((m, x, k) => Math.max(m, Math.abs(x - (got?.[k] ?? NaN))), 0);
  t.diagnostic(`${what}: largest error ${error.toExponential(2)} of ${largest.toExponential(2)}`);
  assert.ok(error <= 1e-3 * largest, `${error} of ${largest}`);
}

/** Beyond so many elements a weight stays as it is: the last layer is not among them. */
const MOST_ELEMENTS = 8e6;

/** The model with weights that differ from each other, so that its outputs do. */
function withRandomWeights(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph;
  assert.ok(graph !== undefined);
  const rng = createRng(5);
  const shapes = new Map(graph.initializer.flatMap((tensor) => (tensor.dataType === TensorProto_DataType.INT64 ? [[tensor.name, shapeIn(tensor)] as const] : [])));
  graph.node = graph.node.filter((node) => {
    const shape = shapes.get(node.input[0] ?? '');
    if (node.opType !== 'ConstantOfShape' || shape === undefined || elementCount(shape) > MOST_ELEMENTS) return true;
    const inputs = elementCount(shape.slice(1));
    const [from, to] = shape.length === 1 ? [0.5, 1.5] : [-Math.sqrt(3 / inputs), Math.sqrt(3 / inputs)];
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = from + (to - from) * rng.real();
    graph.initializer.push(create(TensorProtoSchema, { name: node.output[0] ?? '', dataType: TensorProto_DataType.FLOAT, dims: shape.map(BigInt), rawData: new Uint8Array(data.buffer) }));
    return false;
  });
  return toBinary(ModelProtoSchema, model);
}

/** The elements of an integer tensor. */
function shapeIn(tensor: TensorProto): number[] {
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) return tensor.int64Data.map(Number);
  return Array.from(new BigInt64Array(Uint8Array.from(raw).buffer), Number);
}

for (const name of names) {
  test(`${name}: equals the expected output`, { skip: noCompiler, timeout: 280_000 }, async (t) => {
    const file = path.join(folder, `${name}.onnx`);
    writeFileSync(file, files.get(`light/${name}.onnx`) ?? new Uint8Array(0));
    const got = await run(file);
    got.forEach((data, i) => compare(t, data, readTensor(files.get(`light/${name}_output_${i}.pb`) ?? new Uint8Array(0)).host.data, `output ${i}`));
  });

  test(`${name} with random weights: equals ONNX Runtime`, { skip: noCompiler, timeout: 280_000 }, async (t) => {
    const file = path.join(folder, `${name}-random.onnx`);
    writeFileSync(file, withRandomWeights(files.get(`light/${name}.onnx`) ?? new Uint8Array(0)));
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    const feeds = Object.fromEntries(session.inputMetadata.flatMap((input) => (input.isTensor ? [[input.name, input]] as const : []))
      .map(([key, { shape }]) => [key, new ort.Tensor('float32', fractions(elementCount(shape.map(Number))), shape.map(Number))]));
    const outputs = await session.run(feeds);
    await session.release();
    const got = await run(file);
    session.outputNames.forEach((output, i) => {
      const data = Array.from(outputs[output]?.data as Float32Array);
      compare(t, got[i], data, output);
      const largest = Math.max(...data);
      assert.ok(largest - Math.min(...data) > 0.02 * largest, 'the outputs differ from each other');
    });
    rmSync(file);
  });
}
