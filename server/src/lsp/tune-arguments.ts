/** What a person asked for, as the command line of `ansor tune`. Arguments are an array: nothing here meets a shell. */
import path from 'node:path';
import type { StartTuningParams } from '../protocol/lsp.js';

export interface TuneCommand { readonly log: string; readonly args: readonly string[] }

/** The log of a model: beside it, as `ansor tune` names it, or in `directory`. */
export function logOf(model: string, directory: string | undefined): string {
  const name = `${path.basename(model).replace(/\.(onnx|tc)$/i, '')}.ansor.jsonl`;
  return path.join(directory === undefined || directory === '' ? path.dirname(model) : directory, name);
}

export function tuneArguments(params: StartTuningParams): TuneCommand {
  const log = logOf(params.model, params.logDirectory);
  const args = ['tune', params.model, '--log', log, '--json'];
  const option = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') args.push(name, String(value));
  };
  option('--target', params.target);
  option('--trials', params.trials);
  option('--threads', params.threads);
  option('--time-limit', params.timeLimitSeconds);
  option('--compiler', params.compilerPath);
  option('--algorithms', params.algorithms);
  return { log, args };
}
