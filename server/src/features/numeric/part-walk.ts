/** Features of parts of a program by lowering them, for those without a structure. */
import { analyseSchedule, type Analysis } from '../../bounds/analyse.js';
import type { HardwareParams } from '../../hardware/params.js';
import { lowerAnalysis } from '../../lower/lower.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import { FeatureExtractor } from '../extractor.js';
import { ROW_LENGTH } from '../layout.js';
import { isWhole } from './stage-groups.js';

export class PartWalk {
  private readonly extractor = new FeatureExtractor();

  /** The rows of each of these parts (numbers of their stages), which stand in the program's order; undefined: not legal, or not of these parts alone. */
  rowsOf(state: State, parts: readonly (readonly number[])[], hardware: HardwareParams): readonly Float32Array[] | undefined {
    const wanted = new Set(parts.flat());
    try {
      const analysis = analyseSchedule(state);
      if (!parts.every((stages) => isIndependent(analysis, stages))) return undefined;
      const rows = this.extractor.extract(lowerAnalysis(analysis, { constantMatrices: 'one', only: (root) => wanted.has(root.index) }), hardware);
      if (!this.extractor.level || rows.length !== wanted.size * ROW_LENGTH) return undefined;
      // The buffer that is written last comes first.
      let end = rows.length;
      return parts.map((stages) => {
        const from = end - stages.length * ROW_LENGTH;
        const own = rows.slice(from, end);
        end = from;
        return own;
      });
    } catch (error) {
      if (error instanceof ScheduleError) return undefined;
      throw error;
    }
  }
}

/** Whether all of what other parts read is computed, so that it does not matter how they read it. */
function isIndependent({ stages, readers }: Analysis, part: readonly number[]): boolean {
  return part.every((i) => {
    const stage = stages[i];
    return stage === undefined || (readers[i] ?? []).every((reader) => part.includes(reader.stage.index)) || isWhole(stage);
  });
}
