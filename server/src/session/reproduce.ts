/**
 * One record outside of the tuner: its program as files in a folder, with the very command that compiled it. For records that failed, and
 * for people who want the code.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import type { MeasureRecord } from '../records/record.js';
import { MEASURE_ERRORS } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { stateText } from '../schedule/state-text.js';
import { inferBounds } from '../bounds/infer-bounds.js';
import { dialectOf } from '../target/c/dialect.js';
import { printKernel } from '../target/c/print.js';
import { findToolchain, type CToolchain } from '../target/c/toolchain.js';
import { PRELUDE } from '../target/c/types.js';
import { WASM_UNIT } from '../target/wasm/unit.js';
import { compileState, symbolFor, type CompiledState } from './compile.js';
import { reproduceMain, shellWord } from './reproduce-text.js';

export interface ReproduceInput {
  readonly record: MeasureRecord;
  readonly dag: ComputeDag;
  /** `NAME.ansor.jsonl:12`. */
  readonly place: string;
  /** What the log says about its failure. */
  readonly message: string | undefined;
  /** The program that failed, as the session built it, where it was kept. */
  readonly measured?: { readonly name: string; readonly data: Uint8Array };
  /** The folder; made if missing. */
  readonly folder: string;
  /** Overrides the search for a compiler. */
  readonly compiler?: readonly string[];
}

export interface Reproduced {
  readonly folder: string;
  readonly files: readonly string[];
  /** Compile and run, for a POSIX shell in the folder; null where there is nothing to run here. */
  readonly command: string | null;
  /** Why not, or what differs from the session's measurement. */
  readonly note: string;
}

/** Writes the files. The error is for people. */
export async function reproduce(input: ReproduceInput): Promise<Result<Reproduced, string>> {
  const { record, dag, folder, place } = input;
  const files = new Map<string, string | Uint8Array>(input.measured === undefined ? [] : [[input.measured.name, input.measured.data]]);
  const found = await findToolchain(input.compiler === undefined ? {} : { command: input.compiler });
  let command: string | null = null;
  let note = 'One thread and no cache flushing: times differ from those of the log.';
  try {
    const state = replay(dag, record.steps);
    files.set('schedule.txt', `${stateText(inferBounds(state))}\n`);
    const wasm = /wasm32/.test(record.target);
    const unit = wasm ? WASM_UNIT : found.ok ? found.value.vector : { bytes: 32, registers: 16 };
    const compiled = compileState(state, symbolFor(record.workloadKey + JSON.stringify(record.steps)), unit);
    if (found.ok) {
      command = addProgram(files, compiled, found.value, `${place}: error ${record.result.errorNo} (${MEASURE_ERRORS[record.result.errorNo]})`);
      if (wasm) note = 'The record is for WebAssembly; this is the same program in C. '.concat(note);
    } else {
      files.set('kernel.c', PRELUDE + printKernel(compiled.kernel, { x86VectorBytes: 0, pin: undefined }));
      note = `There is no C compiler to run it with: ${found.error.message}. ${found.error.remedy}`;
    }
  } catch (e) {
    // The record's error may be just this: its steps cannot be applied, or give no code.
    note = `No program can be made of the record: ${e instanceof Error ? e.message : String(e)}`;
  }
  files.set('README.md', readme(input, command, note));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, text] of files) writeFileSync(path.join(folder, name), text);
  } catch (e) {
    return err(`cannot write ${folder}: ${e instanceof Error ? e.message : String(e)}`);
  }
  return ok({ folder, files: [...files.keys()], command, note });
}

function addProgram(files: Map<string, string | Uint8Array>, { kernel }: CompiledState, toolchain: CToolchain, title: string): string {
  files.set('kernel.c', PRELUDE + printKernel(kernel, dialectOf(toolchain)));
  files.set('main.c', reproduceMain(kernel, title));
  const words = (list: readonly string[]): string => list.map(shellWord).join(' ');
  const { command, kernelFlags, linkFlags, hostFlags } = toolchain;
  const lines = [`${words([...command, ...kernelFlags])} kernel.c -o kernel.so ${words(linkFlags)}`.trim(), `${words([...command, ...hostFlags])} main.c ./kernel.so -o run`, './run'];
  files.set('run.sh', `#!/bin/sh\nset -e\n${lines.join('\n')}\n`);
  return 'sh run.sh';
}

function readme({ record, place, message, measured }: ReproduceInput, command: string | null, note: string): string {
  const fence = '```';
  return `# ${place}\n\nResult in the log: ${record.result.errorNo === 0 ? `${(record.result.costs.reduce((a, b) => a + b, 0) / record.result.costs.length) * 1000} ms` : `error ${record.result.errorNo} (${MEASURE_ERRORS[record.result.errorNo]})`}, target \`${record.target}\`.\n\n` +
    `${message === undefined ? '' : `${fence}text\n${message}\n${fence}\n\n`}${command === null ? '' : `${fence}sh\n${command}\n${fence}\n\n`}${note}${measured === undefined ? '' : ` \`${measured.name}\` is the program as the session built it.`}\n`;
}
