/** The cost model's face to the search (Ansor, section 5.2): a score per program, the higher the faster. */

/** Programs' features: `rows` of 164 float32 numbers, one per written buffer; program p has rows [start[p], start[p + 1]). */
export interface FeatureBatch { readonly rows: Float32Array; readonly start: Int32Array }

export interface TrainingSamples {
  readonly features: FeatureBatch;
  /** Per program: its task's best cost / its own cost, in [0, 1]; 0 for failed ones. */
  readonly throughputs: Float32Array;
}

export interface CostModel {
  /** Grows by one with each training. */
  readonly version: number;
  /** A score per program; -Infinity for programs without features. */
  predict(batch: FeatureBatch): Float32Array;
}
