/**
 * How a register tile cuts a loop whose extent it does not divide: equal parts first, then what remains as a smaller tile of its own, so that
 * no iteration tests where it is. Along the lanes the last vector may reach back over elements that the vector before it has already computed.
 *   197 rows, 6 at a time:           32 tiles of 6, one of 5
 *   197 columns, 2 vectors of 8:     12 tiles of 2 vectors, one vector from column 189 (or 4 lanes from 192 and one number, where nothing may be computed twice)
 * Source of the idea: edge kernels of BLIS (Van Zee and van de Geijn 2015).
 */

/** A run of equal tiles along one loop: tile `t` of `count` has values at t * step + offset for each of `offsets` (and `lanes` from each on). */
export interface Cut {
  readonly count: number;
  readonly step: number;
  readonly offsets: readonly number[];
  /** 1: single numbers. */
  readonly lanes: number;
}

const MIN_LANES = 4;

function steps(from: number, length: number, step: number): number[] {
  return Array.from({ length }, (_, k) => from + k * step);
}

/** `extent` iterations, `factor` of them in each tile, without lanes. */
export function rowCuts(extent: number, factor: number): readonly Cut[] {
  const count = Math.floor(extent / factor);
  const rest = extent - count * factor;
  const main: Cut = { count, step: factor, offsets: steps(0, factor, 1), lanes: 1 };
  return rest === 0 ? [main] : [main, { count: 1, step: 0, offsets: steps(count * factor, rest, 1), lanes: 1 }];
}

/** `extent` iterations in vectors of `lanes`, `vectors` of them in each tile; `again`: elements may be computed twice. `extent` is at least `lanes`. */
export function laneCuts(extent: number, lanes: number, vectors: number, again: boolean): readonly Cut[] {
  const whole = Math.floor(extent / lanes);
  const count = Math.floor(whole / vectors);
  const rest = extent - whole * lanes;
  const cuts: Cut[] = count === 0 ? [] : [{ count, step: vectors * lanes, offsets: steps(0, vectors, lanes), lanes }];
  const left = steps(count * vectors * lanes, whole - count * vectors, lanes);
  if (rest > 0 && again) left.push(extent - lanes);
  if (left.length > 0) cuts.push({ count: 1, step: 0, offsets: left, lanes });
  if (rest === 0 || again) return cuts;
  let at = whole * lanes;
  for (let narrow = lanes / 2; narrow >= MIN_LANES; narrow /= 2) {
    if (extent - at < narrow) continue;
    cuts.push({ count: 1, step: 0, offsets: [at], lanes: narrow });
    at += narrow;
  }
  // Numbers one by one: they take as many registers as vectors do.
  if (at < extent) cuts.push({ count: extent - at, step: 1, offsets: [at], lanes: 1 });
  return cuts;
}

/** The tiles of a cut before number `first` and after number `last` one by one, those from `first` to `last` as a cut of their own. */
export function apart(cut: Cut, first: number, last: number): readonly Cut[] {
  const from = (tile: number, count: number): Cut => ({ ...cut, count, step: count === 1 ? 0 : cut.step, offsets: cut.offsets.map((offset) => tile * cut.step + offset) });
  const single = (tile: number): Cut => from(tile, 1);
  return [...steps(0, first, 1).map(single), from(first, last - first + 1), ...steps(last + 1, cut.count - 1 - last, 1).map(single)];
}
