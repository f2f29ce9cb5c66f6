/** `ansor replay`: state text, bound state text, schedule text and generated code of records. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { inferBounds } from '../bounds/infer-bounds.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { parseTc } from '../lang/parse.js';
import { isGpu } from '../hardware/target.js';
import { parseTarget } from '../hardware/parse.js';
import { lower } from '../lower/lower.js';
import { printProgram } from '../ir/print.js';
import type { MeasureRecord } from '../records/record.js';
import { readLog, type LogLine } from '../records/read-log.js';
import { taskNotes } from '../records/format-log.js';
import { replay } from '../schedule/apply.js';
import { pythonSchedule } from '../schedule/python-text.js';
import { stateText } from '../schedule/state-text.js';
import { compileState, symbolFor } from '../session/compile.js';
import { readInput } from '../session/input.js';
import { SessionError, systemProblem } from '../session/problem.js';
import { printKernel } from '../target/c/print.js';
import { printJson, type Streams } from './io.js';
import { positive, sizeOption, withJson } from './options.js';

interface Flags { readonly line?: number; readonly dag?: string; readonly json?: boolean; readonly size?: Record<string, number> }

interface Replayed {
  readonly line: number;
  readonly stateText: string | null;
  readonly boundStateText: string | null;
  readonly scheduleText: string | null;
  readonly code: string | null;
  readonly problem?: string;
}

export function replayCommand(program: Command, io: Streams): void {
  withJson(program.command('replay')
    .description('state text, schedule text and generated code of records')
    .argument('<log>', 'a tuning log')
    .option('--line <n>', 'only this physical line', positive)
    .option('--dag <input>', 'where the operators are (.tc or .onnx); a file with one "def" is used whatever the key')
    .option('--size <name=n>', 'a size of the .tc file', sizeOption))
    .action((logName: string, flags: Flags) => {
      let text: string;
      try {
        text = readFileSync(logName, 'utf8');
      } catch (e) {
        throw systemProblem(e, 'cannot read the log', logName);
      }
      const { lines } = readLog(text);
      const dagOf = dagFinder(lines, flags);
      const records = lines.flatMap((l) => (l.kind === 'record' && (flags.line === undefined || l.line === flags.line) ? [replayRecord(l.line, l.record, dagOf(l.record.workloadKey))] : []));
      if (flags.line !== undefined && records.length === 0) throw new SessionError('there is no record on this line', { file: logName, line: flags.line }, true);
      if (flags.json === true) printJson(io, { records });
      else io.out(records.map(describe).join('\n'));
    });
}

/** The DAG of a workload key: from `--dag`, else from the log's own task lines. */
function dagFinder(lines: readonly LogLine[], flags: Flags): (key: string) => ComputeDag | undefined {
  if (flags.dag !== undefined) {
    const { tasks, plan } = readInput(flags.dag, { sizes: flags.size ?? {} });
    const [only] = tasks;
    return (key) => tasks.find((t) => t.key === key)?.dag ?? (plan === undefined && tasks.length === 1 ? only?.dag : undefined);
  }
  const notes = taskNotes(lines);
  const known = new Map<string, ComputeDag | undefined>();
  return (key) => {
    if (!known.has(key)) {
      const note = notes.get(key);
      known.set(key, note === undefined ? undefined : parseTc(note.tc, {}).defs[0]?.dag);
    }
    return known.get(key);
  };
}

function replayRecord(line: number, record: MeasureRecord, dag: ComputeDag | undefined): Replayed {
  const none = { line, stateText: null, boundStateText: null, scheduleText: null, code: null };
  if (dag === undefined) return { ...none, problem: `the operator of ${record.workloadKey} is not known: give it with --dag` };
  let result: Replayed = none;
  try {
    const state = replay(dag, record.steps);
    result = { ...result, stateText: stateText(state), scheduleText: pythonSchedule(dag, record.steps) };
    const bound = inferBounds(state);
    result = { ...result, boundStateText: stateText(bound) };
    const target = parseTarget(record.target);
    const gpu = target.ok && isGpu(target.value);
    result = { ...result, code: gpu ? printProgram(lower(state)) : printKernel(compileState(state, symbolFor(record.workloadKey), { bytes: 32, registers: 16 }).kernel, { x86VectorBytes: 0, pin: undefined }) };
    return result;
  } catch (e) {
    return { ...result, problem: e instanceof Error ? e.message : String(e) };
  }
}

function describe(r: Replayed): string {
  return [`# line ${r.line}`, r.problem === undefined ? undefined : `# ${r.problem}`, r.boundStateText ?? r.stateText, r.scheduleText, r.code].filter((x) => x !== undefined && x !== null).join('\n');
}
