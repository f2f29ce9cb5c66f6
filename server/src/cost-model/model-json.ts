/** Saving and loading of trained cost models as JSON, in a format of our own with a version. */
import { err, ok, type Result } from '../base/result.js';
import { FEATURE_VERSION, ROW_LENGTH } from '../features/layout.js';
import { forestProblem, type Forest } from './forest.js';
import { GbdtModel } from './gbdt-model.js';
import { field, numbers } from './json-numbers.js';

const FORMAT = 'ansor-gbdt';
const FORMAT_VERSION = 1;

export interface GbdtJson {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** The features that the trees were trained on. */
  readonly featureVersion: number;
  readonly modelVersion: number;
  readonly baseScore: number;
  readonly roots: readonly number[];
  readonly column: readonly number[];
  readonly value: readonly number[];
  readonly child: readonly number[];
}

export function gbdtToJson(model: GbdtModel): GbdtJson {
  const { roots, column, value, child } = model.forest;
  return {
    format: FORMAT, version: FORMAT_VERSION, featureVersion: FEATURE_VERSION, modelVersion: model.version, baseScore: model.baseScore,
    roots: [...roots], column: [...column], value: [...value], child: [...child],
  };
}

/** The model of a parsed JSON value, which may be anything; the error says what is wrong with it. */
export function gbdtFromJson(json: unknown): Result<GbdtModel> {
  if (field(json, 'format') !== FORMAT) return err('not a saved cost model');
  if (field(json, 'version') !== FORMAT_VERSION) return err(`saved by another version of this program (format ${String(field(json, 'version'))})`);
  if (field(json, 'featureVersion') !== FEATURE_VERSION) return err(`trained on features of another version (${String(field(json, 'featureVersion'))})`);
  const [baseScore, modelVersion] = [field(json, 'baseScore'), field(json, 'modelVersion')];
  const [roots, column, value, child] = ['roots', 'column', 'value', 'child'].map((name) => numbers(field(json, name)));
  if (typeof baseScore !== 'number' || typeof modelVersion !== 'number') return err('base score or version is missing');
  if (roots === undefined || column === undefined || value === undefined || child === undefined) return err('trees are missing');
  const forest: Forest = {
    roots: Int32Array.from(roots), column: Int16Array.from(column), value: Float32Array.from(value), child: Int32Array.from(child),
  };
  const problem = forestProblem(forest, ROW_LENGTH);
  return problem === undefined ? ok(new GbdtModel(forest, baseScore, modelVersion)) : err(problem);
}
