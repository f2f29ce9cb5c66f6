/** `ansor diff LOG:N LOG:M`: what differs between two schedules. */
import type { Command } from 'commander';
import { diffLines, diffSteps, diffText, numberSteps, type NumberedStep } from '../ide/diff-schedules.js';
import { explainSteps } from '../ide/explain-steps.js';
import { meanCost } from '../records/best.js';
import type { ParsedLog } from '../records/read-log.js';
import { MEASURE_ERRORS, type MeasureRecord } from '../records/record.js';
import { english } from '../schedule/steps/definition.js';
import { printJson, type Streams } from './io.js';
import { parseLogLine, readLogFile, recordAt, recordOperators } from './log-source.js';
import { withJson } from './options.js';
import { withOperators } from './record-choice.js';
import { replayRecord, type Replayed } from './replayed.js';
import { ms } from './table.js';

interface Flags { readonly dag?: string; readonly code?: boolean; readonly json?: boolean; readonly size?: Record<string, number> }

interface Side extends Replayed {
  readonly log: string;
  readonly workloadKey: string;
  readonly target: string;
  /** Milliseconds of a run; null for a failed measurement. */
  readonly ms: number | null;
  /** Name of the error; null for a successful measurement. */
  readonly error: string | null;
}

export function diffCommand(program: Command, io: Streams): void {
  withJson(withOperators(program.command('diff')
    .description('what differs between two schedules: steps, loop trees, schedule text, time')
    .argument('<a>', 'a record as LOG:LINE')
    .argument('<b>', 'another one'))
    .option('--code', 'compare the generated code too'))
    .action((first: string, second: string, flags: Flags) => {
      const [placeA, placeB] = [parseLogLine(first), parseLogLine(second)];
      const logA = readLogFile(placeA.log);
      const logB = placeB.log === placeA.log ? logA : readLogFile(placeB.log);
      // What one log says about an operator goes for the other too.
      const operatorOf = recordOperators([...logB.lines, ...logA.lines], flags);
      const a = sideOf(logA, placeA, operatorOf);
      const b = sideOf(logB, placeB, operatorOf);
      const steps = diffSteps(a.steps, b.steps);
      const same = steps.filter((s) => s.kind === 'same').length;
      if (flags.json === true) {
        printJson(io, { a: a.side, b: b.side, speedup: speedup(a.side, b.side), sameSteps: same, steps });
        return;
      }
      const changes = steps.flatMap((s) => (s.kind === 'same' ? [] : s.kind === 'changed' ? [`~ ${words(s.a)}\n  ${words(s.b)}`] : s.kind === 'removed' ? [`- ${words(s.a)}`] : [`+ ${words(s.b)}`]));
      const parts = [
        `a  ${heading(a.side)}\nb  ${heading(b.side)}${ratio(speedup(a.side, b.side))}`,
        changes.length === 0 ? `all ${same} steps are equal` : `${same} of ${steps.length} steps are equal; the others:\n${changes.join('\n')}`,
        section('loops', a.side.boundStateText ?? a.side.stateText, b.side.boundStateText ?? b.side.stateText),
        section('schedule', a.side.scheduleText, b.side.scheduleText),
        flags.code === true ? section('code', a.side.code, b.side.code) : undefined,
        ...[a.side, b.side].map((s) => (s.problem === undefined ? undefined : `${s.log}:${s.line}: ${s.problem}`)),
      ];
      io.out(`${parts.filter((p) => p !== undefined).join('\n\n')}\n`);
    });
}

interface Compared { readonly side: Side; readonly steps: readonly NumberedStep[] }

function sideOf(parsed: ParsedLog, { log, line }: ReturnType<typeof parseLogLine>, operatorOf: ReturnType<typeof recordOperators>): Compared {
  const { record } = recordAt(parsed, log, line);
  const operator = operatorOf(record);
  const { result, workloadKey, target, steps } = record;
  return {
    side: { log, ...replayRecord(line, record, operator), workloadKey, target, ms: msOf(record), error: result.errorNo === 0 ? null : MEASURE_ERRORS[result.errorNo] },
    steps: numberSteps(steps, explainSteps(steps, operator.dag, undefined, english).sentences),
  };
}

function msOf({ result }: MeasureRecord): number | null {
  return result.errorNo === 0 ? meanCost(result) * 1000 : null;
}

/** How many times faster b is than a; null unless both ran. */
function speedup(a: Side, b: Side): number | null {
  return a.ms === null || b.ms === null ? null : a.ms / b.ms;
}

function heading(s: Side): string {
  return `${s.log}:${s.line}  ${s.ms === null ? `failed: ${s.error ?? ''}` : ms(s.ms)}  ${s.workloadKey}  ${s.target}`;
}

function ratio(times: number | null): string {
  if (times === null) return '';
  return times >= 1 ? `\nb is ${times.toFixed(2)} times as fast as a` : `\na is ${(1 / times).toFixed(2)} times as fast as b`;
}

function words(s: NumberedStep): string {
  return `${String(s.number).padStart(3)}. ${s.sentence}`;
}

function section(title: string, a: string | null, b: string | null): string | undefined {
  if (a === null || b === null) return undefined;
  const text = diffText(diffLines(a, b));
  return text === '' ? `${title}: equal` : `${title}:\n${text}`;
}
