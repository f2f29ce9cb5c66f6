/** What the loop tree page shows of a record: its program after each transform step. */
import type { RecordRef } from './editor-commands.js';

export type LoopTreeParams = RecordRef;

/** A stage, a loop, or where a stage's values are computed. Nodes are told apart by `id`, which stays from step to step as far as the loop does. */
export interface LoopNode {
  /** `S.` and the stage's name for a stage, the stage's name and the iterator's for a loop; unique in a tree. */
  readonly id: string;
  readonly kind: 'stage' | 'loop' | 'compute';
  /** The stage's or the iterator's name. */
  readonly name: string;
  readonly stage: string;
  /** As state texts have it: `for`, `parallel`, `vectorize`, `unroll`, `blockIdx.x`, ...; empty for others than loops. */
  readonly annotation: string;
  /** `spatial`, `reduction`, `mixed` or `special`; empty for others than loops. */
  readonly iterator: string;
  /** Iterations; null where they are not known or depend on outer loops. */
  readonly extent: number | null;
  /** As the state text has them. */
  readonly min: string;
  readonly extentText: string;
  /** Depth in the state text: levels of indentation. */
  readonly depth: number;
  /** Bytes of distinct elements that one run of this loop (all its iterations) reads and writes; null where not known. */
  readonly touched: number | null;
  /** Share of the program's estimated cost that lies in here, 0 to 1; null where not known. */
  readonly share: number | null;
  /** Times that this is entered or, for a compute node, evaluated; null where not known. */
  readonly times: number | null;
  /** The stage computed at this loop is another than the loop's. */
  readonly attached: boolean;
  /** auto_unroll, storage offset of a stage. */
  readonly notes: readonly string[];
  readonly children: readonly LoopNode[];
}

export type NodeChange = 'added' | 'changed';

export interface LoopTreeStep {
  /** From 0, as records count; -1 for the naive program. */
  readonly step: number;
  /** Kind in the record, `SP` and the like; empty for the naive program. */
  readonly kind: string;
  /** Name of the stage that the step works on; empty for the naive program. */
  readonly stage: string;
  readonly sentence: string;
  /** In the order of the state text. */
  readonly roots: readonly LoopNode[];
  /** Against the program before: nodes by id that are new or have changed. */
  readonly changes: Readonly<Record<string, NodeChange>>;
  /** How many loops the program before had that this one has not. */
  readonly removed: number;
  /** The state text. */
  readonly text: string;
}

/** What was measured. Times in milliseconds. */
export interface RecordFigures {
  readonly errorNo: number;
  /** For people, if it failed. */
  readonly error: string | null;
  readonly meanMs: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  readonly repeats: number;
  readonly gflops: number | null;
  /** Score that the cost model gave before the measurement; higher is better, of use only between records of one task. */
  readonly predicted: number | null;
}

export interface RecordHead {
  readonly uri: string;
  /** The log's file name. */
  readonly log: string;
  readonly line: number;
  readonly task: string;
  readonly key: string;
  readonly target: string;
  readonly flops: number | null;
  readonly figures: RecordFigures;
  /** Physical line of the task's best record for this target; null if it has none. */
  readonly bestLine: number | null;
  /** Physical line of the best record before that one. */
  readonly previousBestLine: number | null;
  /** Other things to know: how the operator was found, what was assumed. */
  readonly remarks: readonly string[];
}

export interface LoopTreeView {
  readonly record: RecordHead;
  /** The naive program first. Stops before a step that cannot be applied. */
  readonly steps: readonly LoopTreeStep[];
  /** Which step cannot be applied, or why there is no tree. */
  readonly problem: string | null;
}
