/** A network of test/fixtures/models, or a file, as others can read it: with its weights in a file beside it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedWeights, parseWeightRecipe } from '../../server/src/model/weights.js';

export interface WeightedModel { readonly name: string; readonly file: string }

/** A copy of the model under `out` where its weights are made from a recipe. */
export function withWeights(model: string, out: string): WeightedModel {
  const given = path.resolve(model.endsWith('.onnx') ? model : `test/fixtures/models/${model}.onnx`);
  const name = path.basename(given, '.onnx');
  const recipe = given.replace(/\.onnx$/, '.weights.json');
  if (!existsSync(recipe)) return { name, file: given };
  const parsed = parseWeightRecipe(readFileSync(recipe, 'utf8'));
  if (!parsed.ok) throw new Error(`${recipe}: ${parsed.error.message}`);
  const file = path.join(out, `${name}.onnx`);
  writeFileSync(file, readFileSync(given));
  const weights = generatedWeights(parsed.value);
  const place = path.join(out, parsed.value.file);
  if (!existsSync(place)) writeFileSync(place, weights.read(0, weights.byteLength) ?? '');
  return { name, file };
}
