/**
 * The text of a loop state, byte for byte as the original prints it (spec log-format, 3.6). After bound inference it is the
 * identity of a program in the search.
 */
import { indexText } from './index-text.js';
import type { Bound, Iterator, State } from './state.js';

export interface StateTextOptions {
  /** Print loops of extent 1 too (default: they are left out, as in the original). */
  readonly trivialLoops?: boolean;
}

export function boundText(bound: Bound): string {
  return typeof bound === 'number' ? String(bound) : indexText(bound);
}

/** `for i.0 (0,16)`, or `for i.0 (None)` where the range is not known. */
export function iteratorText(iter: Iterator): string {
  const word = iter.annotation === 'none' ? 'for' : iter.annotation;
  return iter.range === undefined ? `${word} ${iter.name} (None)` : `${word} ${iter.name} (${boundText(iter.range.min)},${boundText(iter.range.extent)})`;
}

export function stateText(state: State, options: StateTextOptions = {}): string {
  const trivial = options.trivialLoops === true;
  // Attached stages by where they hang; most states have few, so a search in the list is quick.
  const inputs: string[] = [];
  for (const stage of state.stages) if (stage.op.kind === 'placeholder') inputs.push(stage.op.name);
  let text = `Placeholder: ${inputs.join(', ')}\n`;
  const print = (id: number, indent: string): void => {
    const stage = state.stages[id];
    if (stage === undefined) return;
    if (stage.autoUnrollMaxStep !== 0) text += `${indent}${stage.op.name} auto_unroll: ${stage.autoUnrollMaxStep}\n`;
    if (stage.storageOffset !== 0) text += `${indent}${stage.op.name} storage_offset: ${stage.storageOffset}\n`;
    let inner = indent;
    for (let i = 0; i < stage.iters.length; i++) {
      const iter = stage.iters[i] as Iterator;
      if (trivial || iter.range === undefined || iter.range.extent !== 1) {
        text += `${inner}${iteratorText(iter)}\n`;
        inner += '  ';
      }
      for (const attached of state.attachments) if (attached.target === id && attached.iter === i) print(attached.stage, inner);
    }
    text += `${inner}${stage.op.name} = ...\n`;
  };
  for (let id = 0; id < state.stages.length; id++) {
    const stage = state.stages[id];
    if (stage !== undefined && stage.op.kind === 'compute' && stage.computeAt === 'root') print(id, '');
  }
  return text;
}
