/**
 * The program of a structure without its numbers: loops, allocations and stores in the order in which a walk of the lowered program
 * meets them, every loop included; those that have one iteration are skipped when numbers are known.
 */
import type { LoopVar } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import type { NestLoop } from '../../lower/stage-nest.js';
import { loopKind } from '../../lower/statements.js';
import { LOOP_CLASSES } from '../extractor.js';
import type { LoopClass } from '../loop-nest.js';

export interface StoreSite {
  readonly stage: StageSchedule;
  readonly part: 'value' | 'init' | 'update';
  /** The loops of the stage around the store, for its axes' values. */
  readonly loops: readonly NestLoop[];
  /** All loops around it, outermost first. */
  readonly path: readonly NestLoop[];
}

export type SkeletonEvent =
  | { readonly kind: 'loop'; readonly leaf: LoopVar; readonly stage: StageSchedule; readonly loop: LoopClass; readonly depth: number }
  | { readonly kind: 'end'; readonly leaf: LoopVar; readonly stage: StageSchedule }
  | { readonly kind: 'pragma'; readonly leaf: LoopVar; readonly stage: StageSchedule }
  | { readonly kind: 'endPragma' }
  | { readonly kind: 'realized'; readonly stage: StageSchedule }
  | { readonly kind: 'store'; readonly site: number };

export interface Skeleton { readonly events: readonly SkeletonEvent[]; readonly sites: readonly StoreSite[] }

/** The copies that init nests make of their loops, by leaf. */
export type InitCopies = (stage: StageSchedule, leaf: LoopVar) => LoopVar;

export function skeletonOf(stages: readonly StageSchedule[], copyOf: InitCopies): Skeleton {
  const events: SkeletonEvent[] = [];
  const sites: StoreSite[] = [];
  const path: NestLoop[] = [];

  const store = (stage: StageSchedule, part: StoreSite['part'], loops: readonly NestLoop[]): void => {
    events.push({ kind: 'store', site: sites.length });
    sites.push({ stage, part, loops, path: path.slice() });
  };

  /** Loops from outside inwards, at each what is attached to it, `inner` inside all. */
  const wrap = (stage: StageSchedule, loops: readonly NestLoop[], inner: () => void, attach: boolean): void => {
    const [first, ...rest] = loops;
    if (first === undefined) return inner();
    const { leaf } = first;
    if (leaf.pragma !== undefined) events.push({ kind: 'pragma', leaf, stage });
    events.push({ kind: 'loop', leaf, stage, loop: LOOP_CLASSES[loopKind(leaf.annotation)], depth: path.length });
    path.push(first);
    const at = attach ? stage.attached.filter((s) => s.attachVar === leaf).sort((a, b) => a.index - b.index) : [];
    for (const producer of at) provide(producer);
    wrap(stage, rest, inner, attach);
    for (const producer of at.reverse()) events.push({ kind: 'realized', stage: producer });
    path.pop();
    events.push({ kind: 'end', leaf, stage });
    if (leaf.pragma !== undefined) events.push({ kind: 'endPragma' });
  };

  const provide = (stage: StageSchedule): void => {
    const op = stage.compute;
    const loops = stage.leaves.map((leaf): NestLoop => ({ leaf, variable: leaf }));
    if (op.body.kind === 'expr') return wrap(stage, loops, () => { store(stage, 'value', loops); }, true);
    const found = stage.leaves.findIndex((v) => v.reduce);
    const first = found < 0 ? loops.length : found;
    const common = loops.slice(0, first);
    const inner = loops.slice(first);
    const copies = inner.filter((l) => l.leaf.spatial).map(({ leaf }): NestLoop => ({ leaf, variable: copyOf(stage, leaf) }));
    wrap(stage, common, () => {
      wrap(stage, copies, () => { store(stage, 'init', [...common, ...copies]); }, false);
      wrap(stage, inner, () => { store(stage, 'update', loops); }, true);
    }, true);
  };

  const roots = stages.filter((s) => s.op.kind !== 'placeholder' && !s.inlined && s.attachStage === undefined);
  for (const stage of roots) provide(stage);
  for (const stage of roots.reverse()) events.push({ kind: 'realized', stage });
  return { events, sites };
}
