/** A loop state as a tree: the loops, stages and places of computation that its state text has, in the text's order and nesting. */
import { analyseSchedule, type Analysis } from '../../bounds/analyse.js';
import { boundState } from '../../bounds/infer-bounds.js';
import { lowerAnalysis } from '../../lower/lower.js';
import type { LoopNode } from '../../protocol/loop-tree-view.js';
import type { Iterator, State } from '../../schedule/state.js';
import { boundText, stateText } from '../../schedule/state-text.js';
import { ScheduleError } from '../../schedule/step.js';
import type { Var } from '../../ir/expr.js';
import { programFigures, type ProgramFigures } from './program-figures.js';

export interface StateTree {
  readonly roots: readonly LoopNode[];
  /** The state text that the tree is of. */
  readonly text: string;
}

interface Figures { readonly of: ProgramFigures; readonly analysis: Analysis }

/** Ranges and figures as far as they can be inferred; a state in the middle of a schedule may have none. */
export function loopTree(state: State): StateTree {
  let bound = state;
  let figures: Figures | undefined;
  try {
    const analysis = analyseSchedule(state);
    bound = boundState(analysis);
    figures = { of: programFigures(lowerAnalysis(analysis)), analysis };
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
  }
  return { roots: new TreeBuilder(bound, figures).roots(), text: stateText(bound) };
}

class TreeBuilder {
  private readonly ids = new Map<string, number>();

  constructor(private readonly state: State, private readonly figures: Figures | undefined) {}

  roots(): LoopNode[] {
    return this.state.stages.flatMap((stage, id) => (stage.op.kind === 'compute' && stage.computeAt === 'root' ? [this.stage(id, 0, false)] : []));
  }

  private stage(id: number, depth: number, attached: boolean): LoopNode {
    const stage = this.state.stages[id];
    const name = stage?.op.name ?? '';
    const notes = [
      ...(stage !== undefined && stage.autoUnrollMaxStep !== 0 ? [`auto_unroll: ${stage.autoUnrollMaxStep}`] : []),
      ...(stage !== undefined && stage.storageOffset !== 0 ? [`storage_offset: ${stage.storageOffset}`] : []),
    ];
    const children = this.loops(id, 0, depth);
    const touched = children.length === 1 && children[0]?.kind === 'loop' ? children[0].touched : null;
    return {
      id: this.unique(`S.${name}`), kind: 'stage', name, stage: name, annotation: '', iterator: '', extent: null, min: '', extentText: '', depth, touched,
      share: sumOfShares(children), times: null, attached, notes, children,
    };
  }

  /** What stands inside of the first `from` iterators of a stage. */
  private loops(id: number, from: number, depth: number): LoopNode[] {
    const stage = this.state.stages[id];
    if (stage === undefined) return [];
    const hung = (i: number, at: number): LoopNode[] => this.state.attachments.filter((a) => a.target === id && a.iter === i).map((a) => this.stage(a.stage, at, true));
    const out: LoopNode[] = [];
    for (let i = from; i < stage.iters.length; i++) {
      const iter = stage.iters[i];
      if (iter === undefined) continue;
      if (iter.range !== undefined && iter.range.extent === 1) {
        out.push(...hung(i, depth));
        continue;
      }
      out.push(this.loop(id, i, iter, depth, [...hung(i, depth + 1), ...this.loops(id, i + 1, depth + 1)]));
      return out;
    }
    out.push(this.compute(id, depth));
    return out;
  }

  private loop(id: number, at: number, iter: Iterator, depth: number, children: readonly LoopNode[]): LoopNode {
    const stage = this.state.stages[id]?.op.name ?? '';
    const variable: Var | undefined = this.figures?.analysis.stages[id]?.leaves[at]?.expr as Var | undefined;
    const known = variable === undefined ? undefined : this.figures?.of.loops.get(variable);
    const extent = iter.range?.extent;
    return {
      id: this.unique(`${stage}/${iter.name}`), kind: 'loop', name: iter.name, stage, annotation: iter.annotation === 'none' ? 'for' : iter.annotation, iterator: iter.kind,
      extent: typeof extent === 'number' ? extent : null, min: iter.range === undefined ? '' : boundText(iter.range.min), extentText: extent === undefined ? 'None' : boundText(extent), depth,
      touched: known?.touched ?? null, share: this.share(known?.work), times: null, attached: false, notes: [], children,
    };
  }

  private compute(id: number, depth: number): LoopNode {
    const op = this.state.stages[id]?.op;
    const name = op?.name ?? '';
    const known = op === undefined ? undefined : this.figures?.of.stores.get(op.output);
    return {
      id: this.unique(`C.${name}`), kind: 'compute', name, stage: name, annotation: '', iterator: '', extent: null, min: '', extentText: '', depth, touched: null,
      share: this.share(known?.work), times: known?.times ?? null, attached: false, notes: [], children: [],
    };
  }

  private share(work: number | undefined): number | null {
    const total = this.figures?.of.work ?? 0;
    return work === undefined || total <= 0 ? null : Math.min(1, work / total);
  }

  /** Names may occur twice; ids may not. */
  private unique(id: string): string {
    const seen = this.ids.get(id) ?? 0;
    this.ids.set(id, seen + 1);
    return seen === 0 ? id : `${id}#${seen + 1}`;
  }
}

function sumOfShares(nodes: readonly LoopNode[]): number | null {
  let sum = 0;
  for (const { share } of nodes) {
    if (share === null) return null;
    sum += share;
  }
  return Math.min(1, sum);
}

/** All nodes, each before its children. */
export function flatten(roots: readonly LoopNode[]): LoopNode[] {
  return roots.flatMap((node) => [node, ...flatten(node.children)]);
}
