/**
 * Cost models that the original trained: XGBoost's JSON model files (its documented schema; regression trees on the 164
 * features). The original stores them with `Booster.save_model`.
 */
import { err, ok, type Result } from '../base/result.js';
import { ROW_LENGTH } from '../features/layout.js';
import { forestProblem, type Forest } from './forest.js';
import { GbdtModel } from './gbdt-model.js';
import { field, numbers } from './json-numbers.js';

/** The model of a parsed JSON value, which may be anything; the error says what is wrong with it. Its version is 1. */
export function gbdtFromXgboost(json: unknown): Result<GbdtModel> {
  const trees = field(json, 'learner', 'gradient_booster', 'model', 'trees');
  if (!Array.isArray(trees)) return err('not an XGBoost model of trees');
  const features = Number(field(json, 'learner', 'learner_model_param', 'num_feature'));
  if (features !== ROW_LENGTH) return err(`trained on ${features} features, not ${ROW_LENGTH}`);
  // Newer releases write a list of one.
  const baseScore = Number(String(field(json, 'learner', 'learner_model_param', 'base_score')).replace(/^\[|\]$/g, ''));
  if (!Number.isFinite(baseScore)) return err('base score is missing');
  const parts = { roots: [] as number[], column: [] as number[], value: [] as number[], left: [] as number[], right: [] as number[] };
  for (const [t, tree] of trees.entries()) {
    const [left, right, columns, conditions] = ['left_children', 'right_children', 'split_indices', 'split_conditions'].map((name) => numbers(field(tree, name)));
    if (left === undefined || right === undefined || columns === undefined || conditions === undefined) return err(`tree ${t} is incomplete`);
    const root = parts.column.length;
    parts.roots.push(root);
    left.forEach((child, node) => {
      const leaf = child < 0;
      parts.column.push(leaf ? -1 : (columns[node] ?? ROW_LENGTH));
      parts.value.push(conditions[node] ?? NaN);
      parts.left.push(leaf ? 0 : root + child);
      parts.right.push(leaf ? 0 : root + (right[node] ?? -1));
    });
  }
  const forest: Forest = {
    roots: Int32Array.from(parts.roots), column: Int16Array.from(parts.column), value: Float32Array.from(parts.value),
    left: Int32Array.from(parts.left), right: Int32Array.from(parts.right),
  };
  const problem = forestProblem(forest, ROW_LENGTH);
  return problem === undefined ? ok(new GbdtModel(forest, baseScore, 1)) : err(problem);
}
