/** The real networks in test/fixtures/models: graph, generated weights, reference output. */
import { readFileSync } from 'node:fs';
import { loadModel } from '../../server/src/model/load-model.js';
import type { NetworkPlan } from '../../server/src/model/plan.js';
import { fillUniform, generatedWeights, parseWeightRecipe, type WeightRecipe } from '../../server/src/model/weights.js';
import { elementCount } from '../../server/src/ir/buffer.js';

const DIRECTORY = new URL('../fixtures/models/', import.meta.url);

export function modelFile(file: string): Buffer {
  return readFileSync(new URL(file, DIRECTORY));
}

export function recipeOf(name: string): WeightRecipe {
  const recipe = parseWeightRecipe(modelFile(`${name}.weights.json`).toString('utf8'));
  if (!recipe.ok) throw new Error(recipe.error.message);
  return recipe.value;
}

export function planOf(name: string): NetworkPlan {
  const recipe = recipeOf(name);
  const plan = loadModel(modelFile(`${name}.onnx`), (location) => (location === recipe.file ? generatedWeights(recipe) : undefined));
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

/** The input of which the reference output is known. */
export function referenceInput(plan: NetworkPlan): Float32Array {
  const input = new Float32Array(elementCount(plan.inputs[0]?.shape ?? []));
  fillUniform(input, 12345, -1, 1);
  return input;
}

export function referenceOutput(name: string): Float32Array {
  return new Float32Array(Uint8Array.from(modelFile(`${name}.ref.f32`)).buffer);
}
