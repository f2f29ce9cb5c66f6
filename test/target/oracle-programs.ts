/** The original's sampled schedules for CPUs as programs with inputs, and what their outputs must be. */
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import type { Program } from '../../server/src/ir/program.js';
import { packWeights } from '../../server/src/lower/layout-rewrite.js';
import { rewriteLayouts, type LayoutOption } from '../../server/src/lower/layout-transform.js';
import { lower } from '../../server/src/lower/lower.js';
import { planCheck, type CheckPlan } from '../../server/src/measure/check.js';
import { randomTensor } from '../../server/src/measure/fill.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stepsOf, workloads, type Sample } from '../schedule/oracle.js';

export interface OracleProgram {
  /** Index of the sample, and what became of constant weights. */
  readonly name: string;
  readonly program: Program;
  /** One for each input of the program; weights packed where the program wants them so. */
  readonly inputs: readonly Float32Array[];
}

export interface OracleCase {
  readonly name: string;
  readonly dag: ComputeDag;
  /** Of the plain inputs. */
  readonly inputs: readonly Float32Array[];
  readonly samples: readonly Sample[];
  /** 256 elements straight from the definition, in double precision. */
  plan(): CheckPlan;
  /** Sample `i`; the options for constant weights take turns. */
  program(i: number): OracleProgram;
}

const SEED = 11;
const OPTIONS: readonly LayoutOption[] = [1, 2, 0];

export function oracleCases(): OracleCase[] {
  return workloads().filter((w) => w.name.endsWith('.llvm')).map(({ name, dag, samples }) => {
    const placeholders = dag.ops.flatMap((op) => (op.kind === 'placeholder' ? [op.output] : []));
    const values = new Map<Buffer, Float32Array>(placeholders.map((b, i) => [b, Float32Array.from(randomTensor(b.dtype, SEED + i, -1, 1, elementCount(b.shape)))]));
    const plain = placeholders.map((b) => values.get(b) ?? new Float32Array(0));
    let plan: CheckPlan | undefined;
    return {
      name: name.replace('.llvm', ''), dag, inputs: plain, samples,
      plan: () => (plan ??= planCheck(dag, values, { seed: SEED, budgetSeconds: 30 })),
      program: (i) => {
        const sample = samples[i];
        if (sample === undefined) throw new Error(`${name} has no sample ${i}`);
        const option = OPTIONS[i % OPTIONS.length] ?? 0;
        const { state, rewrites } = rewriteLayouts(replay(dag, stepsOf(sample.record)), option);
        const packed = (b: Buffer, data: Float32Array): Float32Array => {
          const rewrite = rewrites.find((r) => r.placeholder === b);
          return rewrite === undefined ? data : packWeights(rewrite, data);
        };
        return { name: `sample ${i}, layout option ${option}`, program: lower(state), inputs: placeholders.map((b, k) => packed(b, plain[k] ?? new Float32Array(0))) };
      },
    };
  });
}
