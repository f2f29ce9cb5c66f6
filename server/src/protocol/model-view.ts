/** What the page of an `.onnx` model shows. Times in milliseconds. */

export interface ModelOperator { readonly name: string; readonly count: number; readonly supported: boolean }

/** What a log knows of one algorithm for a task. */
export interface ModelAlgorithm {
  /** The workload key as its records write it. */
  readonly key: string;
  /** As people read it: `direct`, `winograd F(4, 3)`. */
  readonly name: string;
  /** Of one call in this form. */
  readonly flops: number;
  readonly records: number;
  readonly errors: number;
  readonly bestMs: number | null;
  /** Physical line of the best record. */
  readonly bestLine: number | null;
}

export interface ModelTask {
  /** The workload key as records write it. */
  readonly key: string;
  readonly name: string;
  /** Calls in the model. */
  readonly weight: number;
  /** Of one call. */
  readonly flops: number;
  /** Share of the model's FLOPs in tasks, 0 to 1. */
  readonly share: number;
  /** Sizes of the operator's output, as `1 × 56 × 56 × 64`. */
  readonly output: string;
  /** Of all its algorithms, as the next three. */
  readonly records: number;
  readonly errors: number;
  readonly bestMs: number | null;
  /** Physical line of the best record. */
  readonly bestLine: number | null;
  /** Of the task's own form, whatever algorithm computes it. */
  readonly gflops: number | null;
  /** The task's own form, then others; the first with the least time is the one that is used. */
  readonly algorithms: readonly ModelAlgorithm[];
  /** The operator in the `.tc` language, in its own form. */
  readonly tc: string;
}

export interface ModelView {
  /** Absolute path. */
  readonly file: string;
  readonly name: string;
  readonly bytes: number;
  /** Elements of all weights. */
  readonly parameters: number;
  readonly weightBytes: number;
  readonly opset: number;
  readonly nodes: number;
  /** As `name: float32[1, 3, 224, 224]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operators: readonly ModelOperator[];
  /** Calls that are no tasks: layout changes and the like. */
  readonly simpleCalls: number;
  readonly tasks: readonly ModelTask[];
  /** FLOPs of a run, in tasks. */
  readonly flops: number;
  /** Share of the FLOPs for which the log has a result, 0 to 1. */
  readonly coverage: number;
  /** Sum of the tasks' best times by weight; null while one has none. */
  readonly latencyMs: number | null;
  /** Absolute path of the log beside it (or where the setting says); null if there is none yet. */
  readonly log: string | null;
  /** Why there are no tasks: what is not supported, or damaged. The rest is shown as far as it is known. */
  readonly problem: string | null;
}
