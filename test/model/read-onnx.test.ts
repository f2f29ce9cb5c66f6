/** Broken, foreign and unsupported models give one clear message and never throw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import { readOnnx } from '../../server/src/model/onnx/read-onnx.js';
import { createRng } from '../../server/src/base/rng.js';
import { modelFile } from './fixture-model.js';
import { onnxFile, ramp, type ModelSpec } from './onnx-builder.js';

const conv: ModelSpec = { inputs: { x: [1, 2, 4, 4] }, outputs: ['y'], constants: { w: ramp([3, 2, 3, 3]) }, nodes: [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'] }] };
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

const PROBLEMS: Readonly<Record<string, { readonly bytes: Uint8Array; readonly message: RegExp }>> = {
  'an empty file': { bytes: new Uint8Array(0), message: /empty/ },
  'a text file': { bytes: text('This is not a model at all.'), message: /not an ONNX model/ },
  'a JSON file': { bytes: text('{"i": [1, 2]}\n'), message: /not an ONNX model/ },
  'an old operator set': { bytes: onnxFile({ ...conv, opset: 6 }), message: /operator set 6; 7 or newer/ },
  'an unknown operator': {
    bytes: onnxFile({ ...conv, nodes: [{ op: 'StringSplit', inputs: ['x'], outputs: ['y'] }] }),
    message: /operator StringSplit \(node "StringSplit_0"\) is not supported: .*simplifier.*\.tc/,
  },
  'several unknown operators': {
    bytes: onnxFile({ ...conv, nodes: [...conv.nodes, ...['p', 'q'].map((out) => ({ op: 'StringSplit', inputs: ['x'], outputs: [out] })), { op: 'TfIdfVectorizer', inputs: ['x'], outputs: ['z'] }] }),
    message: /operators StringSplit \(2 nodes, the first "StringSplit_1"\), TfIdfVectorizer \(node "TfIdfVectorizer_3"\) are not supported: .*simplifier/,
  },
  'channels that do not fit': { bytes: onnxFile({ ...conv, inputs: { x: [1, 5, 4, 4] } }), message: /Conv "Conv_0": 5 channels do not fit weights \[3, 2, 3, 3\]/ },
  'a window larger than its input': { bytes: onnxFile({ ...conv, inputs: { x: [1, 2, 2, 2] } }), message: /window of 3 is larger than the padded input of 2/ },
  'a symbolic input': { bytes: onnxFile({ ...conv, inputs: { x: [1, 2, -1, 4] } }), message: /symbolic dimensions that are not bound: bind them, for instance --dim x\.2=1$/ },
  'a missing value': { bytes: onnxFile({ ...conv, nodes: [{ op: 'Conv', inputs: ['x', 'lost'], outputs: ['y'] }] }), message: /reads "lost", which nothing before it computes/ },
  'a missing output': { bytes: onnxFile({ ...conv, outputs: ['z'] }), message: /output "z"/ },
  'a missing input': { bytes: onnxFile({ ...conv, nodes: [{ op: 'Conv', inputs: ['x'], outputs: ['y'] }] }), message: /input 1 is missing/ },
  'a shape known only at run time': {
    bytes: onnxFile({ ...conv, inputs: { x: [1, 2, 4, 4], s: [2] }, nodes: [{ op: 'Reshape', inputs: ['x', 's'], outputs: ['y'] }] }),
    message: /its shape is computed while the model runs/,
  },
  'a wrong number of weights': { bytes: onnxFile({ ...conv, constants: { w: { shape: [3, 2, 3, 3], values: [1, 2] } } }), message: /tensor "w" of shape \[3, 2, 3, 3\] needs 216 bytes but has 8/ },
};

for (const [name, { bytes, message }] of Object.entries(PROBLEMS)) {
  test(`one message for ${name}`, () => {
    const plan = loadModel(bytes);
    assert(!plan.ok);
    assert.match(plan.error.message, message);
  });
}

test('a cut file is a message at every length, and the whole file loads', () => {
  const small = onnxFile(conv);
  assert(loadModel(small).ok);
  for (let length = 0; length < small.length; length++) loadModel(small.subarray(0, length));
  const real = modelFile('resnet18.onnx');
  for (let length = 0; length < real.length; length += 211) assert.equal(loadModel(real.subarray(0, length)).ok, false, `${length} bytes`);
});

test('changed bytes never throw', () => {
  const rng = createRng(7);
  const real = modelFile('mobilenet_v2.onnx');
  for (let round = 0; round < 150; round++) {
    const bytes = Uint8Array.from(real);
    for (let i = 0; i < 4; i++) bytes[rng.int(bytes.length)] = rng.int(256);
    const plan = loadModel(bytes);
    if (!plan.ok) assert(plan.error.message.length > 0);
  }
});

test('weights beside the model are asked for by name and missing ones are named', () => {
  const plan = loadModel(modelFile('resnet18.onnx'));
  assert(plan.ok, 'tasks can be had without weights');
  const missing = plan.value.constants[0]?.load();
  assert(missing !== undefined && !missing.ok);
  assert.match(missing.error.message, /resnet18\.weights, which is missing beside the model/);
  const short = loadModel(modelFile('resnet18.onnx'), () => ({ byteLength: 100, read: () => new Uint8Array(0) }));
  assert(!short.ok, 'a place outside of the file is told before anything is loaded');
  assert.match(short.error.message, /which has only 100/);
});

test('the reader keeps names, attributes and shapes', () => {
  const onnx = readOnnx(modelFile('resnet18.onnx'));
  assert(onnx.ok);
  assert.equal(onnx.value.opset, 17);
  assert.equal(onnx.value.nodes.length, 49);
  assert.deepEqual(onnx.value.inputs, [{ name: 'input', dtype: 'float32', shape: [1, 3, 224, 224] }]);
  assert.deepEqual(onnx.value.nodes[0]?.attributes.get('strides'), { kind: 'ints', value: [2, 2] });
});
