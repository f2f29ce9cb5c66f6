/** The cheapest way from one list to another (Needleman and Wunsch 1970): what stays, what is exchanged, what goes and what comes. */

export type Aligned<T> =
  | { readonly kind: 'same' | 'changed'; readonly a: T; readonly b: T }
  | { readonly kind: 'removed'; readonly a: T }
  | { readonly kind: 'added'; readonly b: T };

/** Above this many pairs the middle of the lists is given as removed and added. */
const MOST_PAIRS = 4e6;

/** `cost(x, y)`: 0 for equal items, less than 2 if x may become y (removing and adding cost 1 each), else 2. */
export function align<T>(a: readonly T[], b: readonly T[], cost: (x: T, y: T) => number): readonly Aligned<T>[] {
  let begin = 0;
  while (begin < a.length && begin < b.length && cost(a[begin] as T, b[begin] as T) === 0) begin++;
  let end = 0;
  while (end < a.length - begin && end < b.length - begin && cost(a[a.length - 1 - end] as T, b[b.length - 1 - end] as T) === 0) end++;
  const same = (i: number, j: number): Aligned<T> => ({ kind: 'same', a: a[i] as T, b: b[j] as T });
  return [
    ...Array.from({ length: begin }, (_, i) => same(i, i)),
    ...alignMiddle(a.slice(begin, a.length - end), b.slice(begin, b.length - end), cost),
    ...Array.from({ length: end }, (_, i) => same(a.length - end + i, b.length - end + i)),
  ];
}

function alignMiddle<T>(a: readonly T[], b: readonly T[], cost: (x: T, y: T) => number): Aligned<T>[] {
  if (a.length * b.length > MOST_PAIRS) return [...a.map((x): Aligned<T> => ({ kind: 'removed', a: x })), ...b.map((y): Aligned<T> => ({ kind: 'added', b: y }))];
  // total[i][j]: cheapest way from a[i..] to b[j..].
  const width = b.length + 1;
  const total = new Float64Array((a.length + 1) * width);
  const at = (i: number, j: number): number => total[i * width + j] ?? 0;
  for (let i = a.length; i >= 0; i--) {
    for (let j = b.length; j >= 0; j--) {
      if (i === a.length || j === b.length) total[i * width + j] = a.length - i + b.length - j;
      else total[i * width + j] = Math.min(1 + at(i + 1, j), 1 + at(i, j + 1), cost(a[i] as T, b[j] as T) + at(i + 1, j + 1));
    }
  }
  const out: Aligned<T>[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const here = at(i, j);
    const step = i < a.length && j < b.length ? cost(a[i] as T, b[j] as T) : Infinity;
    if (step < 2 && here === step + at(i + 1, j + 1)) out.push({ kind: step === 0 ? 'same' : 'changed', a: a[i++] as T, b: b[j++] as T });
    else if (i < a.length && here === 1 + at(i + 1, j)) out.push({ kind: 'removed', a: a[i++] as T });
    else out.push({ kind: 'added', b: b[j++] as T });
  }
  return out;
}
