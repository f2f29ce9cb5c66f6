/** `ansor show`: a record, or a log, as people read it. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { meanCost } from '../records/best.js';
import { indexLog } from '../records/log-index.js';
import { readLog } from '../records/read-log.js';
import type { AutoTvmRecord } from '../records/autotvm.js';
import { MEASURE_ERRORS, type MeasureResult } from '../records/record.js';
import { explainSteps } from '../ide/explain-steps.js';
import { english } from '../schedule/steps/definition.js';
import { SessionError, systemProblem } from '../session/problem.js';
import { printJson, type Streams } from './io.js';
import { foundWords, recordOperators, type Operator } from './log-source.js';
import { positive, withJson } from './options.js';
import { formatTable, ms } from './table.js';

export function showCommand(program: Command, io: Streams): void {
  withJson(program.command('show')
    .description('a record, or the log, as people read it')
    .argument('<log>', 'a tuning log')
    .option('--line <n>', 'this physical line', positive))
    .action((logName: string, flags: { readonly line?: number; readonly json?: boolean }) => {
      let text: string;
      try {
        text = readFileSync(logName, 'utf8');
      } catch (e) {
        throw systemProblem(e, 'cannot read the log', logName);
      }
      const log = readLog(text);
      if (flags.line === undefined) {
        showLog(log, flags.json === true, io);
        return;
      }
      const found = log.lines.find((l) => l.line === flags.line);
      if (found?.kind === 'autotvm') {
        showAutoTvm(found.line, found.record, flags.json === true, io);
        return;
      }
      if (found?.kind !== 'record') throw new SessionError(log.problems.find((p) => p.line === flags.line)?.message ?? 'there is no record on this line', { file: logName, line: flags.line });
      const { record } = found;
      const { result } = record;
      const operator = recordOperators(log.lines, {})(record);
      const steps = explainSteps(record.steps, operator.dag, undefined, english).sentences;
      const outcome = outcomeOf(result);
      if (flags.json === true) printJson(io, { line: found.line, workloadKey: record.workloadKey, target: record.target, version: record.version, result, operator: operator.name ?? null, ...(operator.assumptions !== undefined && { assumptions: operator.assumptions }), ...(operator.problem !== undefined && { problem: operator.problem }), steps });
      else io.out(`${record.workloadKey}\n${foundLine(operator)}${record.target}\n${outcome}\n${steps.map((s, i) => `${String(i + 1).padStart(3)}. ${s}`).join('\n')}\n`);
    });
}

function outcomeOf(result: MeasureResult): string {
  return result.errorNo === 0 ? `${ms(meanCost(result) * 1000)} (${result.costs.length} runs)` : `failed: ${MEASURE_ERRORS[result.errorNo]}`;
}

/** A record of AutoTVM: its arguments say the shapes, its knobs the schedule. */
function showAutoTvm(line: number, record: AutoTvmRecord, json: boolean, io: Streams): void {
  const { taskName, args, target, version, result, knobs } = record;
  if (json) printJson(io, { line, task: taskName, args, target, version, result, knobs });
  else io.out(`AutoTVM ${taskName}\n${target}\n${outcomeOf(result)}\narguments ${JSON.stringify(args)}\n${knobs.map((k) => `${k.name}: ${JSON.stringify(k.value)}\n`).join('')}`);
}

function foundLine(operator: Operator): string {
  const words = foundWords(operator) ?? operator.problem;
  return words === undefined ? '' : `${words}\n`;
}

function showLog(log: ReturnType<typeof readLog>, json: boolean, io: Streams): void {
  const index = indexLog(log.lines);
  const tasks = index.tasks.map((t) => ({
    key: t.workloadKey, name: t.note?.name ?? t.workloadKey, target: t.target, records: t.records.length, errors: t.errors,
    bestMs: t.best === undefined ? null : meanCost(t.best.record.result) * 1000, bestLine: t.best?.line ?? null,
  }));
  if (json) {
    printJson(io, { tasks, problems: log.problems });
    return;
  }
  const rows = tasks.map((t) => [t.name, String(t.records), String(t.errors), t.bestMs === null ? '-' : ms(t.bestMs), t.bestLine === null ? '-' : String(t.bestLine)]);
  io.out(`${formatTable(['task', 'records', 'failed', 'best', 'line'], rows)}\n${log.problems.map((p) => `line ${p.line}, column ${p.column}: ${p.message}\n`).join('')}`);
}
