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
  const parts: Parts = { roots: [], column: [], value: [], child: [] };
  for (const [t, tree] of trees.entries()) {
    const problem = addTree(tree, parts);
    if (problem !== undefined) return err(`tree ${t}: ${problem}`);
  }
  const forest: Forest = {
    roots: Int32Array.from(parts.roots), column: Int16Array.from(parts.column), value: Float32Array.from(parts.value), child: Int32Array.from(parts.child),
  };
  const problem = forestProblem(forest, ROW_LENGTH);
  return problem === undefined ? ok(new GbdtModel(forest, baseScore, 1)) : err(problem);
}

interface Parts { readonly roots: number[]; readonly column: number[]; readonly value: number[]; readonly child: number[] }

/** Adds a tree level by level, so that siblings stand side by side; the answer is what is wrong with it. */
function addTree(tree: unknown, parts: Parts): string | undefined {
  const [left, right, columns, conditions] = ['left_children', 'right_children', 'split_indices', 'split_conditions'].map((name) => numbers(field(tree, name)));
  if (left === undefined || right === undefined || columns === undefined || conditions === undefined) return 'node arrays are missing';
  const root = parts.column.length;
  const queue = [0];
  parts.roots.push(root);
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] ?? 0;
    const [l, r, column, value] = [left[node], right[node], columns[node], conditions[node]];
    if (l === undefined || r === undefined || column === undefined || value === undefined) return `node ${node} is missing`;
    if (queue.length > left.length) return 'its nodes form a cycle';
    parts.column.push(l < 0 ? -1 : column);
    parts.value.push(value);
    parts.child.push(l < 0 ? 0 : root + queue.length);
    if (l >= 0) queue.push(l, r);
  }
  return undefined;
}
