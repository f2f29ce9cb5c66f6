/** Columns cut into at most 256 bins at quantiles: made once for a training, so that trees only see small numbers. */

export interface BinnedColumn {
  /** Which column of the rows. */
  readonly column: number;
  /** Bin per row: the number of cuts that are at most the value. */
  readonly bins: Uint8Array;
  /** Ascending; a row goes left of cut b when its value is smaller. */
  readonly cuts: Float32Array;
}

/** Rows looked at for quantiles; more do not move them noticeably. */
const SAMPLE = 8192;

/** The columns that tell rows apart, each once: constant ones and repetitions are left out. */
export function binColumns(rows: Float32Array, width: number, maxBins: number): BinnedColumn[] {
  const n = rows.length / width;
  const step = Math.max(1, Math.ceil(n / SAMPLE));
  const columns: BinnedColumn[] = [];
  const known = new Map<number, BinnedColumn[]>();
  const sample = new Float32Array(Math.ceil(n / step));
  for (let c = 0; c < width; c++) {
    let varies = false;
    for (let r = 0, i = 0; r < n; r += step) {
      const x = rows[r * width + c]!;
      varies ||= x !== rows[c]!;
      sample[i++] = x;
    }
    if (!varies) continue;
    sample.sort();
    const cuts = cutsOf(sample, maxBins);
    const bins = new Uint8Array(n);
    let hash = cuts.length;
    for (let r = 0; r < n; r++) {
      const b = binOf(rows[r * width + c]!, cuts);
      bins[r] = b;
      hash = (Math.imul(hash, 31) + b) | 0;
    }
    const same = known.get(hash) ?? [];
    if (same.some((other) => equalBins(other.bins, bins))) continue;
    const binned = { column: c, bins, cuts };
    known.set(hash, [...same, binned]);
    columns.push(binned);
  }
  return columns;
}

function cutsOf(sorted: Float32Array, maxBins: number): Float32Array {
  const cuts: number[] = [];
  let values = 1;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) values++;
  const n = sorted.length;
  for (let i = 1, next = 1; i < n && next < maxBins; i++) {
    if (sorted[i] === sorted[i - 1]) continue;
    if (values > maxBins && i < (n * next) / maxBins) continue;
    cuts.push(cutBetween(sorted[i - 1]!, sorted[i]!));
    next = values > maxBins ? Math.floor((i * maxBins) / n) + 1 : next + 1;
  }
  return Float32Array.from(cuts);
}

/** A float32 above `low` and at most `high`. */
function cutBetween(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle > low ? middle : high;
}

function binOf(x: number, cuts: Float32Array): number {
  let lo = 0;
  let hi = cuts.length;
  while (lo < hi) {
    const middle = (lo + hi) >> 1;
    if (x < cuts[middle]!) hi = middle;
    else lo = middle + 1;
  }
  return lo;
}

function equalBins(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
