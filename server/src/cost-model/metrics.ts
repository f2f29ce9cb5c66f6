/** How good scores are, against labels (normalised throughputs) of the same programs. Higher scores should mean higher labels. */

export function rmse(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < labels.length; i++) squares += (scores[i]! - labels[i]!) ** 2;
  return labels.length === 0 ? 0 : Math.sqrt(squares / labels.length);
}

/** Share of the pairs with unequal labels that the scores put in the right order; equal scores count half. NaN without pairs. */
export function pairAccuracy(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  let pairs = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      const order = Math.sign(labels[i]! - labels[j]!);
      if (order === 0) continue;
      pairs++;
      // Not a difference: two scores may both be -Infinity.
      const guess = scores[i]! > scores[j]! ? 1 : scores[i]! < scores[j]! ? -1 : 0;
      right += guess === order ? 1 : guess === 0 ? 0.5 : 0;
    }
  }
  return right / pairs;
}

/** Positions from the highest value down, equal ones in order. */
export function ranking(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => (values[a]! === values[b]! ? a - b : values[a]! > values[b]! ? -1 : 1));
}

/** Share of the k best programs that are among the k with the highest scores. */
export function recallAtK(scores: ArrayLike<number>, labels: ArrayLike<number>, k: number): number {
  const n = Math.min(k, labels.length);
  const best = new Set(ranking(labels).slice(0, n));
  return n === 0 ? 0 : ranking(scores).slice(0, n).filter((i) => best.has(i)).length / n;
}

/** The best label among the k highest scores over the best label of all: 1 when the model finds the fastest program in k trials. */
export function peakAtK(scores: ArrayLike<number>, labels: ArrayLike<number>, k: number): number {
  const ranked = ranking(scores);
  let all = 0;
  let found = 0;
  for (let i = 0; i < ranked.length; i++) {
    const label = labels[ranked[i]!]!;
    if (i < k) found = Math.max(found, label);
    all = Math.max(all, label);
  }
  return all > 0 ? found / all : 0;
}

/** Spearman's rank correlation: 1 the same order, 0 none, -1 the reverse; equal values share the mean of their ranks. NaN where all are equal. */
export function rankCorrelation(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const a = meanRanks(scores);
  const b = meanRanks(labels);
  const middle = (a.length - 1) / 2;
  let both = 0;
  let ofA = 0;
  let ofB = 0;
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - middle) * (b[i]! - middle);
    ofA += (a[i]! - middle) ** 2;
    ofB += (b[i]! - middle) ** 2;
  }
  return both / Math.sqrt(ofA * ofB);
}

function meanRanks(values: ArrayLike<number>): Float64Array {
  const order = ranking(values);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = order.length - 1 - (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}
