/** What stands above a record's tree: its task, its place, its figures. */
import { meanCost } from '../../records/best.js';
import type { TrialNote } from '../../records/comments.js';
import type { MeasureResult } from '../../records/record.js';
import type { RecordFigures } from '../../protocol/loop-tree-view.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { resultWords } from '../result-words.js';

export function recordFigures(result: MeasureResult, flops: number | undefined, note: TrialNote | undefined, ctx: PrintContext): RecordFigures {
  const predicted = note?.predicted ?? null;
  if (result.errorNo !== 0 || result.costs.length === 0) {
    return { errorNo: result.errorNo, error: resultWords(result, undefined, ctx), meanMs: null, minMs: null, maxMs: null, repeats: 0, gflops: null, predicted };
  }
  const mean = meanCost(result);
  return {
    errorNo: 0, error: null, meanMs: mean * 1e3, minMs: Math.min(...result.costs) * 1e3, maxMs: Math.max(...result.costs) * 1e3, repeats: result.costs.length,
    gflops: flops === undefined || mean <= 0 ? null : flops / mean / 1e9, predicted,
  };
}
