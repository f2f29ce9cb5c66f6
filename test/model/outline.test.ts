/** The outline of a model gives the same graph and tasks as the whole file, and reads little of it. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadModel } from '../../server/src/model/load-model.js';
import { outlineOnnx } from '../../server/src/model/onnx/outline.js';
import { readOnnx } from '../../server/src/model/onnx/read-onnx.js';
import { onnxFile, ramp } from './onnx-builder.js';

const models = fileURLToPath(new URL('../fixtures/models', import.meta.url));

const reading = (bytes: Uint8Array): { read: (at: number, length: number) => Promise<Uint8Array>; count: () => number } => {
  let count = 0;
  return {
    read: (at, length) => {
      const part = bytes.slice(at, at + length);
      count += part.length;
      return Promise.resolve(part);
    },
    count: () => count,
  };
};

for (const name of readdirSync(models).filter((n) => n.endsWith('.onnx'))) {
  test(`${name}: equal graph and tasks`, async () => {
    const bytes = new Uint8Array(readFileSync(path.join(models, name)));
    const outline = await outlineOnnx(bytes.length, reading(bytes).read);
    assert.ok(outline !== undefined);
    const [whole, slim] = [loadModel(bytes), loadModel(outline.bytes)];
    assert.ok(whole.ok && slim.ok);
    assert.deepEqual(slim.value.tasks.map((t) => [t.name, t.weight]), whole.value.tasks.map((t) => [t.name, t.weight]));
  });
}

test('weights inside the file are left out: tasks can be had, a small part is read', async () => {
  const bytes = onnxFile({
    inputs: { x: [1, 64, 14, 14] }, outputs: ['y'], constants: { w: ramp([512, 64, 3, 3], 1), b: ramp([512], 2) },
    nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } }],
  });
  assert.ok(bytes.length > 1_000_000);
  const source = reading(bytes);
  const outline = await outlineOnnx(bytes.length, source.read);
  assert.ok(outline !== undefined);
  assert.ok(source.count() < 300_000, `${source.count()} of ${bytes.length} bytes read`);
  assert.ok(outline.bytes.length < 10_000);
  assert.equal(outline.leftOut, 512 * 64 * 9 * 4);
  const graph = readOnnx(outline.bytes);
  assert.ok(graph.ok);
  assert.deepEqual(graph.value.initializers.get('w')?.shape, [512, 64, 3, 3]);
  assert.equal(graph.value.initializers.get('w')?.load().ok, false, 'its elements are not there');
  assert.equal(graph.value.initializers.get('b')?.load().ok, true, 'small ones are kept');
  const plan = loadModel(outline.bytes);
  assert.ok(plan.ok && plan.value.tasks.some((t) => !t.simple));
});

test('what is no protobuf has no outline; cut files neither', async () => {
  const bytes = onnxFile({ inputs: { x: [4] }, outputs: ['y'], constants: {}, nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] });
  for (const damaged of [new TextEncoder().encode('not a model at all'), bytes.slice(0, bytes.length - 3), Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]) {
    assert.equal(await outlineOnnx(damaged.length, reading(damaged).read), undefined);
  }
});
