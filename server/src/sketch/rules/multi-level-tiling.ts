/**
 * MultiLevelTiling (Ansor, section 4.1, rule 3): tiles a stage that reads its inputs many times.
 *   before: for i, for j, for k { C }      after: i.0 j.0 i.1 j.1 k.0 i.2 j.2 k.1 i.3 j.3 { C }   (CPU; tile sizes open)
 */
import type { SketchContext } from '../context.js';
import type { SketchRule } from '../rule.js';
import { needsTiling } from '../stage-facts.js';
import { multiLevelTiling as tile } from '../tiling.js';

export function tilingStructure(ctx: SketchContext): string {
  return ctx.gpu ? ctx.params.gpuTiling : ctx.params.cpuTiling;
}

export const multiLevelTiling: SketchRule = {
  name: 'MultiLevelTiling',
  condition: (ctx, state, stage) => (needsTiling(ctx, state, stage) ? 'only' : 'skip'),
  apply: (ctx, state, stage) => [{ state: tile(state, stage, tilingStructure(ctx)).state, stage: stage - 1 }],
};
