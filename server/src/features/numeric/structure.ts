/** All that a part of the programs of one structure has in common: a walk over it with a candidate's numbers gives the part's features. */
import { analyseSchedule, type Analysis } from '../../bounds/analyse.js';
import { isThread, LoopVar } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import type { HardwareParams } from '../../hardware/params.js';
import type { Buffer } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { BodyLowering } from '../../lower/environment.js';
import type { State } from '../../schedule/state.js';
import type { TransformStep } from '../../schedule/step.js';
import { BufferIds } from '../buffer-ids.js';
import { MAX_DEPTH, type LoopClass } from '../loop-nest.js';
import type { FeatureRows } from '../rows.js';
import { NotCovered } from './not-covered.js';
import { MOST_DEPTH } from './piece.js';
import type { Scratch } from './scratch.js';
import { SiteLowering } from './site-lowering.js';
import { skeletonOf } from './skeleton.js';
import { isUnroll, numbersOf, unrollWith } from './step-numbers.js';
import { numberOffsets } from './split-rules.js';
import { StoreNumbers } from './store-numbers.js';
import { StructureRanges } from './structure-ranges.js';

type Event =
  | { readonly kind: 'loop'; readonly place: number; readonly loop: LoopClass; readonly depth: number }
  | { readonly kind: 'end'; readonly place: number }
  | { readonly kind: 'pragma'; readonly number: number }
  | { readonly kind: 'endPragma' }
  | { readonly kind: 'realized'; readonly id: number; readonly places: readonly number[]; readonly bytes: number }
  | { readonly kind: 'store'; readonly store: StoreNumbers };

export class Structure {
  /** Computed so far, as whoever keeps it counts. */
  states = 0;
  private readonly ranges: StructureRanges;
  private readonly events: readonly Event[];
  private readonly depths = new Int32Array(MAX_DEPTH);

  /** Of the part of the program that computes `part` (`StageGroup.stages`). Throws NotCovered, or ScheduleError if no program of the structure is legal. */
  constructor(state: State, part: readonly number[], private readonly scratch: Scratch) {
    scratch.begin();
    const analysis = analyseSchedule(withPragmaPlaces(state));
    const own = part.flatMap((i) => analysis.stages[i] ?? []);
    for (const stage of own) {
      if (stage.hidden > 0 || stage.leaves.some((v) => isThread(v.annotation))) throw new NotCovered('threads');
    }
    this.ranges = new StructureRanges(analysis, own, state.steps, scratch);
    this.events = this.planned(analysis, own);
  }

  private planned(analysis: Analysis, own: readonly StageSchedule[]): Event[] {
    const { ranges, depths, scratch } = this;
    const copies = new Map<LoopVar, LoopVar>();
    const copyOf = (_: StageSchedule, leaf: LoopVar): LoopVar => {
      let copy = copies.get(leaf);
      if (copy === undefined) copies.set(leaf, copy = new LoopVar(`${leaf.name}_init`, leaf.slot));
      return copy;
    };
    const skeleton = skeletonOf(own, copyOf);
    const body = new BodyLowering(analysis.stages, analysis.producers, { constantMatrices: 'one' });
    const pieces = scratch.maker;
    const ids = new BufferIds();
    const idOf = (buffer: Buffer): number => ids.of(buffer);
    const placeOf = (stage: StageSchedule, leaf: LoopVar): number => ranges.baseOf(stage) + leaf.slot;
    const stores = skeleton.sites.map((site) => {
      if (site.path.length > MOST_DEPTH) throw new NotCovered('a deep nest');
      return new StoreNumbers(new SiteLowering(site, analysis, ranges, body, pieces, scratch), idOf, depths);
    });
    return skeleton.events.map((e): Event => {
      switch (e.kind) {
        case 'loop': return { kind: 'loop', place: placeOf(e.stage, e.leaf), loop: e.loop, depth: e.depth };
        case 'end': return { kind: 'end', place: placeOf(e.stage, e.leaf) };
        case 'pragma': return { kind: 'pragma', number: e.leaf.pragma ?? 0 };
        case 'endPragma': return e;
        case 'realized': {
          const { output } = e.stage.op;
          return { kind: 'realized', id: idOf(output), places: e.stage.compute.axes.map((_, d) => placeOf(e.stage, rootOf(e.stage, d))), bytes: dtypeBytes(output.dtype) };
        }
        case 'store': {
          const store = stores[e.site];
          if (store === undefined) throw new NotCovered('a store that is not there');
          return { kind: 'store', store };
        }
      }
    });
  }

  /** Fills `rows` for the candidate with these numbers; false: this candidate is not covered. */
  fill(numbers: Float64Array, hardware: HardwareParams, rows: FeatureRows): boolean {
    const { ranges, events, depths } = this;
    if (!ranges.set(numbers)) return false;
    const { extents } = ranges;
    rows.reset(hardware);
    const outer: number[] = [];
    for (let i = 0; i < events.length; i++) {
      const e = events[i]!;
      switch (e.kind) {
        case 'loop': {
          const extent = extents[e.place]!;
          if (extent === 1) break;
          depths[rows.nest.depth] = e.depth;
          rows.enterLoop(undefined, extent, e.loop);
          break;
        }
        case 'end':
          if (extents[e.place] !== 1) rows.leaveLoop();
          break;
        case 'pragma':
          outer.push(rows.autoUnrollMaxStep);
          rows.autoUnrollMaxStep = numbers[e.number]!;
          break;
        case 'endPragma':
          rows.autoUnrollMaxStep = outer.pop() ?? 0;
          break;
        case 'realized': {
          let elements = 1;
          for (let d = 0; d < e.places.length; d++) elements *= extents[e.places[d]!]!;
          rows.realized(e.id, elements, e.bytes);
          break;
        }
        case 'store': rows.stored(e.store.view(ranges));
      }
    }
    return true;
  }
}

function rootOf(stage: StageSchedule, d: number): LoopVar {
  const root = stage.roots[d];
  if (root === undefined) throw new NotCovered('an axis that is not there');
  return root;
}

/** The state with each unroll limit replaced by the place where it stands among the numbers. */
function withPragmaPlaces(state: State): State {
  const offsets = numberOffsets(state.steps);
  const steps = state.steps.map((step, i): TransformStep => (isUnroll(step) && numbersOf(step) !== undefined ? unrollWith(step, offsets[i] ?? 0) : step));
  return { initialDag: state.initialDag, dag: state.dag, stages: state.stages, attachments: state.attachments, steps, concrete: state.concrete };
}
