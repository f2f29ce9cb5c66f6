/** A network of test/fixtures/models, one that is made here, or a file, as others can read it: with its weights in a file beside it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedWeights, parseWeightRecipe, type WeightRecipe } from '../../server/src/model/weights.js';
import { DENSENET_161, denseNet } from './densenet.js';

export interface WeightedModel { readonly name: string; readonly file: string }

/** A copy of the model under `out` where its weights are made from a recipe. */
export function withWeights(model: string, out: string): WeightedModel {
  if (model === 'densenet161') {
    const made = denseNet(model, DENSENET_161);
    return written(model, made.model, made.recipe, out);
  }
  const given = path.resolve(model.endsWith('.onnx') ? model : `test/fixtures/models/${model}.onnx`);
  const name = path.basename(given, '.onnx');
  const recipe = given.replace(/\.onnx$/, '.weights.json');
  if (!existsSync(recipe)) return { name, file: given };
  const parsed = parseWeightRecipe(readFileSync(recipe, 'utf8'));
  if (!parsed.ok) throw new Error(`${recipe}: ${parsed.error.message}`);
  return written(name, readFileSync(given), parsed.value, out);
}

function written(name: string, model: Uint8Array, recipe: WeightRecipe, out: string): WeightedModel {
  const file = path.join(out, `${name}.onnx`);
  writeFileSync(file, model);
  const weights = generatedWeights(recipe);
  const place = path.join(out, recipe.file);
  if (!existsSync(place)) writeFileSync(place, weights.read(0, weights.byteLength) ?? '');
  return { name, file };
}
