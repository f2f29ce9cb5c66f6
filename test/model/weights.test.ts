/** Generated weights are bit-exact. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { generatedWeights, parseWeightRecipe } from '../../server/src/model/weights.js';
import { modelFile, recipeOf } from './fixture-model.js';

for (const name of ['resnet18', 'mobilenet_v2', 'resnet50']) {
  test(`the weights of ${name} have the recorded SHA-256`, () => {
    const file = generatedWeights(recipeOf(name));
    const hash = createHash('sha256');
    // Reads that cross tensors, as a copier makes them.
    const step = 8 << 20;
    for (let at = 0; at < file.byteLength; at += step) hash.update(file.read(at, Math.min(step, file.byteLength - at)) ?? new Uint8Array(0));
    assert.equal(hash.digest('hex'), JSON.parse(modelFile(`${name}.ref.json`).toString('utf8')).weights_sha256);
  });
}

const tensor = { name: 'w', shape: [2], elements: 2, offset: 0, length: 8, seed: 1, lo: 0, hi: 1 };
const recipe = { generator: 'xorshift32-uniform-f32', file: 'a.weights', bytes: 8, tensors: [tensor] };
const WRONG: Readonly<Record<string, string>> = {
  'no JSON': '{"tensors": [',
  'a list': '[]',
  null: 'null',
  'another generator': JSON.stringify({ ...recipe, generator: 'zeros' }),
  'no file': JSON.stringify({ ...recipe, file: undefined }),
  'a tensor beyond the end': JSON.stringify({ ...recipe, tensors: [{ ...tensor, offset: 4 }] }),
  'a length that is not the elements': JSON.stringify({ ...recipe, tensors: [{ ...tensor, elements: 3 }] }),
};

for (const [name, text] of Object.entries(WRONG)) {
  test(`a wrong recipe is one message: ${name}`, () => {
    assert(parseWeightRecipe(JSON.stringify(recipe)).ok);
    const parsed = parseWeightRecipe(text);
    assert(!parsed.ok && parsed.error.message.includes('weight recipe'));
  });
}
