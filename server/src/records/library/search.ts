/**
 * Finds the operator whose text has a given md5: anchors by family, tails by how usual they are (spec key-resolution, 6.2). A
 * candidate costs one md5 of its tail, for the anchor's part is hashed once and tails are the same for anchors of equal output.
 */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { createDag, dagTensors } from '../../dag/create.js';
import { hashOf, hashTarget, textBytes, type TextHash } from '../../dag/text-hash.js';
import { md5Hex } from '../../dag/text.js';
import { sameShape, type Anchor, type Era, type Shape } from './anchor.js';
import { hashedText, stageText } from './stage-text.js';
import { TAIL_RANGES, walkTails, type Tail, type TailRange, type TailStart } from './tail.js';

/** An anchor and what must follow it. */
export interface Start {
  readonly anchor: Anchor;
  readonly era: Era;
  /** Shapes of the inputs after the anchor's; undefined if not known. */
  readonly operands: readonly Shape[] | undefined;
  readonly out: Shape;
}

export interface Match {
  readonly dag: ComputeDag;
  readonly name: string;
  readonly assumptions: readonly string[];
}

export interface SearchLimits {
  /** The number of stages, if steps tell; DAGs of this size come first, smaller ones never. */
  readonly stages: number;
  /** In units of a few microseconds of a slow core. */
  readonly mostWork: number;
}

/** A key takes less than a second, found or not. */
export const MOST_WORK = 150_000;
/** What the parts of a search cost, in the same units. */
const COST = { anchor: 60, tail: 16, hash: 4 } as const;

interface Prepared extends Start {
  readonly hash: TextHash;
  /** Later starts with the same text (they differ in what the text leaves out); mutable, as is `hit`: some tail led to the sum. */
  readonly others: Start[];
  hit: boolean;
}
interface PreparedTail { readonly bytes: Uint8Array; readonly stages: number }
/** What a search may spend still. */
interface Budget { left: number }

/** Stages after the last one that steps mention. */
const MOST_UNMENTIONED = 2;

/** All DAGs found whose text has the md5 `hash`, until `accept` takes one. */
export function search(hash: string, starts: Iterable<Start>, limits: SearchLimits, accept: (match: Match) => boolean): Match | undefined {
  const target = hashTarget(hash);
  const budget: Budget = { left: limits.mostWork };
  const anchors = remembered(starts, limits.stages, budget);
  const tails = new Map<string, readonly PreparedTail[]>();
  for (const [exact, range] of passes(limits.stages)) {
    for (const start of anchors()) {
      const stages = exact ? limits.stages - start.anchor.ops.length : undefined;
      if (stages !== undefined && stages < 0) continue;
      const id = tailId(start, range, stages);
      let list = tails.get(id);
      if (list === undefined) tails.set(id, (list = prepareTails(start, range, stages, budget)));
      for (const [number, tail] of list.entries()) {
        if (!exact && start.anchor.ops.length + tail.stages < limits.stages) continue;
        if ((budget.left -= COST.hash) < 0) return undefined;
        if (!target.reached(start.hash, tail.bytes)) continue;
        start.hit = true;
        for (const one of [start, ...start.others]) {
          const match = matchOf(hash, one, tailNumber(one, range, stages, number));
          if (match !== undefined && accept(match)) return match;
        }
      }
    }
  }
  return undefined;
}

/** Usual tails first; DAGs of exactly the known size before larger ones. */
function passes(stages: number): (readonly [exact: boolean, range: TailRange])[] {
  const all = (exact: boolean): (readonly [boolean, TailRange])[] => TAIL_RANGES.map((range) => [exact, range] as const);
  return stages > 0 ? [...all(true), ...all(false).slice(0, 2)] : all(false);
}

/** Iterates again and again over what is generated once. */
function remembered(starts: Iterable<Start>, stages: number, budget: Budget): () => Generator<Prepared> {
  const made: Prepared[] = [];
  const byText = new Map<string, Prepared>();
  const source = starts[Symbol.iterator]();
  let ended = false;
  return function* () {
    for (let i = 0; ; i++) {
      while (i >= made.length) {
        if (ended || (budget.left -= COST.anchor) < 0) return;
        const next = source.next();
        if (next.done === true) {
          ended = true;
          return;
        }
        if (stages > 0 && excess(next.value, stages)) continue;
        const { anchor, era, operands, out } = next.value;
        const text = anchor.ops.map((op) => stageText(op, era, anchor.extentTexts)).join('');
        const id = `${text}${JSON.stringify([operands ?? 'any', out])}`;
        const same = byText.get(id);
        if (same !== undefined && !same.hit) {
          same.others.push(next.value);
          continue;
        }
        const prepared: Prepared = { ...next.value, hash: hashOf(text), others: [], hit: false };
        byText.set(id, prepared);
        made.push(prepared);
      }
      const start = made[i];
      if (start !== undefined) yield start;
    }
  };
}

/** Too many stages: the anchor's and two for every operand; for known sizes a few more may be there without being mentioned. */
function excess({ anchor, operands }: Start, stages: number): boolean {
  return anchor.ops.length + 2 * (operands?.length ?? 0) > stages + MOST_UNMENTIONED;
}

function tailStart(start: Start, stages: number | undefined): TailStart {
  return { output: start.anchor.output, era: start.era, inputs: start.anchor.inputs, operands: start.operands, channelAxes: start.anchor.channelAxes, out: start.out, stages };
}

/** Anchors of equal id have the same tails. */
function tailId({ anchor, era, operands, out }: Start, range: TailRange, stages: number | undefined): string {
  return JSON.stringify([anchor.output.name, anchor.output.shape, anchor.output.dtype, era, anchor.inputs, anchor.channelAxes ?? 'any', operands ?? 'any', out, TAIL_RANGES.indexOf(range), stages ?? 'any']);
}

function prepareTails(start: Start, range: TailRange, stages: number | undefined, budget: Budget): PreparedTail[] {
  const list: PreparedTail[] = [];
  const texts = new Map<object, string>();
  walkTails(tailStart(start, stages), range, ({ ops }) => {
    let text = '';
    for (const op of ops) {
      let piece = texts.get(op);
      if (piece === undefined) texts.set(op, (piece = stageText(op, start.era)));
      text += piece;
    }
    list.push({ bytes: textBytes(text), stages: ops.length });
    return (budget.left -= COST.tail) >= 0;
  });
  return list;
}

/** The same walk again, behind this anchor. */
function tailNumber(start: Start, range: TailRange, stages: number | undefined, number: number): Tail | undefined {
  let found: Tail | undefined;
  let at = 0;
  walkTails(tailStart(start, stages), range, (tail) => {
    if (at === number) found = tail;
    return at++ < number;
  });
  return found;
}

/** The DAG, if its text has the wanted md5 when it is in stage order, and its tensors the shapes of the key. */
function matchOf(hash: string, { anchor, era, operands, out }: Start, tail: Tail | undefined): Match | undefined {
  if (tail === undefined) return undefined;
  const dag = createDag([...anchor.ops, ...tail.ops]);
  if (md5Hex(hashedText(dag, era, anchor.extentTexts)) !== hash) return undefined;
  const { outputs } = dagTensors(dag);
  if (operands !== undefined && (outputs.length !== 1 || !sameShape(outputs[0]?.shape, out))) return undefined;
  const name = [anchor.family, ...tail.words].join(' + ');
  return { dag, name, assumptions: [...anchor.assumptions, ...(tail.calls ? ['arguments of calls in the element-wise stages'] : [])] };
}
