/**
 * Transform steps in words when the compute DAG is not known (an old log without its operators): stages and iterators have
 * numbers only. Where it is known, the steps' own `print` gives names and extents.
 */
import type { PrintContext } from '../schedule/steps/definition.js';
import type { TransformStep } from '../schedule/step.js';

const list = (numbers: readonly (number | null)[]): string => numbers.map((n) => n ?? '?').join(', ');

export function stepWords(step: TransformStep, { t }: PrintContext): string {
  const stage = step.stage;
  switch (step.kind) {
    case 'AN': return t('mark iterator {iterator} of stage {stage} as {annotation}', { iterator: step.iter, stage, annotation: step.annotation });
    case 'FU': return t('fuse iterators {iterators} of stage {stage}', { iterators: list(step.iters), stage });
    case 'PR': return t('set {pragma} at iterator {iterator} of stage {stage}', { pragma: step.pragma.replace('$', ' '), iterator: step.iter, stage });
    case 'RE': return t('reorder stage {stage}: the iterators {order}', { stage, order: list(step.order) });
    case 'SP': {
      const values = { iterator: step.iter, stage, extent: step.extent === 0 ? '?' : step.extent, lengths: list(step.lengths) };
      return step.innerToOuter
        ? t('split iterator {iterator} of stage {stage} (extent {extent}); inner lengths {lengths}', values)
        : t('split iterator {iterator} of stage {stage} (extent {extent}); outer lengths {lengths}', values);
    }
    case 'FSP': return t('split iterator {iterator} of stage {stage} in {parts}, following step {source}', { iterator: step.iter, stage, parts: step.nSplit + 1, source: step.source });
    case 'FFSP':
      return t('split iterator {iterator} of stage {stage} in 2, following level {level} of steps {sources}', { iterator: step.iter, stage, level: step.level, sources: list(step.sources) });
    case 'SA': return t('align iterator {iterator} of stage {stage} in memory: factor {factor}, offset {offset}', { iterator: step.iter, stage, factor: step.factor, offset: step.offset });
    case 'CA': return t('compute stage {stage} at iterator {iterator} of stage {target}', { stage, iterator: step.targetIter, target: step.target });
    case 'CI': return t('inline stage {stage} into its readers', { stage });
    case 'CR': return t('compute stage {stage} at the root', { stage });
    case 'CHR': return t('copy stage {stage} to {scope} memory for stages {readers}', { stage, scope: step.scope, readers: list(step.readers) });
    case 'CHW': return t('compute stage {stage} in {scope} memory and copy it out', { stage, scope: step.scope });
    case 'RF': return t('factor the reduction of stage {stage} at iterator {iterator}', { stage, iterator: step.iter });
  }
}
