/**
 * Columns of a feature row: 164 numbers per written buffer. Layout: TVM's per-store features (Ansor, section 5.2 and appendix),
 * unchanged there since 2020.
 */

/** Counts with each change of any number that comes out; part of what trained models are stored under. */
export const FEATURE_VERSION = 1;

export const ROW_LENGTH = 164;

/** Operation counts: mad, addsub, mul, divmod, cmp, mathfunc, otherfunc of floats, then of integers. */
export const FLOAT_OPS = 0;
export const INT_OPS = 7;
export const BOOL_OP = 14;
export const SELECT_OP = 15;
export const OP_COLUMNS = 16;

/** Loop annotation groups: number, product of extents, innermost extent, then the one-hot position (none ... mixed). */
export const VECTORIZED = 16;
export const UNROLLED = 27;
export const PARALLEL = 38;
/** Offsets in an annotation group. */
export const GROUP = { number: 0, product: 1, length: 2, none: 3, mixed: 10 } as const;

export const IS_GPU = 49;
/** blockIdx x, y, z, threadIdx x, y, z, vthread. */
export const THREAD_LENGTHS = 50;
export const THREAD_COLUMNS = 7;

export const SLOTS = 57;
export const SLOT_COUNT = 5;
export const SLOT_LENGTH = 18;
/** Offsets in a buffer slot. */
export const SLOT = {
  accessType: 0, bytes: 3, uniqueBytes: 4, lines: 5, uniqueLines: 6, reuseType: 7, reuseDistIter: 10, reuseDistBytes: 11, reuseCount: 12,
  bytesPerReuse: 13, uniqueBytesPerReuse: 14, linesPerReuse: 15, uniqueLinesPerReuse: 16, stride: 17,
} as const;

export const CURVE = 147;
export const CURVE_POINTS = 10;
export const ALLOC_SIZE = 157;
export const ALLOC_PROD = 158;
export const ALLOC_OUTER_PROD = 159;
export const ALLOC_INNER_PROD = 160;
export const OUTER_PROD = 161;
export const NUM_LOOPS = 162;
export const AUTO_UNROLL_MAX_STEP = 163;

/** 1 for columns that hold slog2 of their value, 0 for one-hot columns, which stay as they are. */
export function logarithmicColumns(): Uint8Array {
  const columns = new Uint8Array(ROW_LENGTH).fill(1);
  for (const group of [VECTORIZED, UNROLLED, PARALLEL]) columns.fill(0, group + GROUP.none, group + GROUP.mixed + 1);
  columns[IS_GPU] = 0;
  for (let slot = SLOTS; slot < CURVE; slot += SLOT_LENGTH) {
    columns.fill(0, slot + SLOT.accessType, slot + SLOT.accessType + 3);
    columns.fill(0, slot + SLOT.reuseType, slot + SLOT.reuseType + 3);
  }
  return columns;
}
