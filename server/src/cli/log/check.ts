/** `ansor log check`: every line is read, every schedule replayed whose operator is known or can be found by its key. */
import type { Command } from 'commander';
import { checkRecords } from '../../ide/check-records.js';
import { SessionError } from '../../session/problem.js';
import { printJson, type Streams } from '../io.js';
import { readLogFile, recordOperators, type OperatorFlags } from '../log-source.js';
import { withBackend, withJson, type BackendFlags } from '../options.js';
import { withOperators } from '../record-choice.js';
import { runRecords, type RunSummary } from './check-run.js';

interface Flags extends OperatorFlags, BackendFlags { readonly json?: boolean; readonly run?: boolean }

export function checkCommand(group: Command, io: Streams): void {
  withJson(withBackend(withOperators(group.command('check')
    .description('read every line and replay every schedule whose operator is known or can be found by its workload key; status 1 if something is wrong')
    .argument('<logs...>', 'tuning logs'))
    .option('--run', 'build, run and check the program of every record that says it worked')))
    .action(async (names: readonly string[], flags: Flags) => {
      const logs = [];
      for (const log of names) {
        const { lines, problems } = readLogFile(log);
        const operatorOf = recordOperators(lines, flags);
        const operators = { given: 0, exact: 0, assumed: 0, unresolved: 0 };
        const checked = checkRecords(lines, (_key, record) => {
          const { dag, found } = operatorOf(record);
          operators[found]++;
          return dag;
        });
        const count = (kind: string): number => lines.filter((l) => l.kind === kind).length;
        const run = flags.run === true ? await runRecords(lines, operatorOf, flags, (v) => { io.err(v.verdict === 'right' ? '' : `${log}:${v.line}: ${v.verdict}: ${v.message.split('\n')[0] ?? ''}\n`); }) : undefined;
        logs.push({
          log, records: count('record'), autotvm: count('autotvm'), replayed: checked.replayed, unknown: checked.unknown, operators,
          ...(run === undefined ? {} : { run: { right: run.right, wrong: run.wrong, failed: run.failed, skipped: run.skipped } }),
          problems: [...problems, ...checked.problems, ...(run?.problems ?? [])].sort((a, b) => a.line - b.line || a.column - b.column),
        });
      }
      const bad = logs.reduce((n, l) => n + l.problems.length, 0);
      if (flags.json === true) printJson(io, { ok: bad === 0, logs });
      else {
        for (const l of logs) {
          io.out(l.problems.map((p) => `${l.log}:${p.line}:${p.column}: ${p.message}\n`).join(''));
          io.out(`${l.log}: ${l.records} records, ${l.replayed} replayed${foundByKey(l.operators)}${l.unknown > 0 ? `, ${l.unknown} of operators that are not known` : ''}${l.autotvm > 0 ? `, ${l.autotvm} of AutoTVM` : ''}, ${l.problems.length} problems\n${ranWords(l.run)}`);
        }
      }
      if (bad > 0) throw new SessionError(`${bad} problem${bad === 1 ? '' : 's'} found`);
    });
}

/** For people: what became of the programs. */
function ranWords(run: Pick<RunSummary, 'right' | 'wrong' | 'failed' | 'skipped'> | undefined): string {
  if (run === undefined) return '';
  const { errors, unknown, otherTargets } = run.skipped;
  return `${run.right + run.wrong + run.failed} programs run: ${run.right} right, ${run.wrong} wrong, ${run.failed} failed; not run: ${errors} that failed when they were measured, ${unknown} of unknown operators, ${otherTargets} for other targets\n`;
}

/** For people: how many records' operators were found by their keys. */
function foundByKey({ exact, assumed }: { readonly exact: number; readonly assumed: number }): string {
  if (exact + assumed === 0) return '';
  return ` (${exact + assumed} of operators found by their keys${assumed === 0 ? '' : `, ${assumed} of them assumed in what the keys leave open`})`;
}
