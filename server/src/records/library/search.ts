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
  readonly mostAnchors: number;
  readonly mostCandidates: number;
}

/** How much is tried at most, so that a key takes less than a second. */
export const LIMITS = { mostAnchors: 6000, mostCandidates: 120_000 } as const;

interface Prepared extends Start { readonly hash: TextHash }
interface PreparedTail { readonly bytes: Uint8Array; readonly stages: number }

/** All DAGs found whose text has the md5 `hash`, until `accept` takes one. */
export function search(hash: string, starts: Iterable<Start>, limits: SearchLimits, accept: (match: Match) => boolean): Match | undefined {
  const target = hashTarget(hash);
  const anchors = remembered(starts, limits.mostAnchors);
  const tails = new Map<string, readonly PreparedTail[]>();
  let candidates = 0;
  for (const [exact, range] of passes(limits.stages)) {
    for (const start of anchors()) {
      const stages = exact ? limits.stages - start.anchor.ops.length : undefined;
      if (stages !== undefined && stages < 0) continue;
      const id = tailId(start, range, stages);
      let list = tails.get(id);
      if (list === undefined) tails.set(id, (list = prepareTails(start, range, stages)));
      for (const [number, tail] of list.entries()) {
        if (!exact && start.anchor.ops.length + tail.stages < limits.stages) continue;
        if (++candidates > limits.mostCandidates) return undefined;
        if (!target.reached(start.hash, tail.bytes)) continue;
        const match = matchOf(hash, start, tailNumber(start, range, stages, number));
        if (match !== undefined && accept(match)) return match;
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
function remembered(starts: Iterable<Start>, most: number): () => Generator<Prepared> {
  const made: Prepared[] = [];
  const source = starts[Symbol.iterator]();
  let ended = false;
  return function* () {
    for (let i = 0; ; i++) {
      if (i >= made.length) {
        if (ended || made.length >= most) return;
        const next = source.next();
        if (next.done === true) {
          ended = true;
          return;
        }
        made.push({ ...next.value, hash: hashOf(next.value.anchor.ops.map((op) => stageText(op, next.value.era, next.value.anchor.extentTexts)).join('')) });
      }
      const start = made[i];
      if (start !== undefined) yield start;
    }
  };
}

function tailStart(start: Start, stages: number | undefined): TailStart {
  return { output: start.anchor.output, era: start.era, inputs: start.anchor.inputs, operands: start.operands, out: start.out, stages };
}

/** Anchors of equal id have the same tails. */
function tailId({ anchor, era, operands, out }: Start, range: TailRange, stages: number | undefined): string {
  return JSON.stringify([anchor.output.name, anchor.output.shape, anchor.output.dtype, era, anchor.inputs, operands ?? 'any', out, TAIL_RANGES.indexOf(range), stages ?? 'any']);
}

function prepareTails(start: Start, range: TailRange, stages: number | undefined): PreparedTail[] {
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
  });
  return list;
}

/** The same walk again, behind this anchor. */
function tailNumber(start: Start, range: TailRange, stages: number | undefined, number: number): Tail | undefined {
  let found: Tail | undefined;
  let at = 0;
  walkTails(tailStart(start, stages), range, (tail) => {
    if (at++ === number) found = tail;
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
