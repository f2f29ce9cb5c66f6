/** `ansor log check --run`: the programs of a log, built, run, compared. */
import type { LogLine } from '../../records/read-log.js';
import { runLog, type LogProgram, type Verdict } from '../../session/run-log.js';
import type { Operator } from '../log-source.js';
import { backendOf, type BackendFlags } from '../options.js';

export interface RunSummary {
  /** Records whose programs ran and agreed with the reference. */
  readonly right: number;
  readonly wrong: number;
  readonly failed: number;
  /** Records that say themselves that they failed, and those whose operator is not known or whose target cannot be run here. */
  readonly skipped: { readonly errors: number; readonly unknown: number; readonly otherTargets: number };
  readonly problems: readonly { readonly line: number; readonly column: number; readonly message: string }[];
}

/** Runs what can run here; `flags.target` leaves out the rest. */
export async function runRecords(lines: readonly LogLine[], operatorOf: (record: Extract<LogLine, { kind: 'record' }>['record']) => Operator, flags: BackendFlags, onVerdict: (v: Verdict) => void): Promise<RunSummary> {
  const skipped = { errors: 0, unknown: 0, otherTargets: 0 };
  const programs = { c: [] as LogProgram[], wasm: [] as LogProgram[] };
  for (const l of lines) {
    if (l.kind !== 'record') continue;
    const family = /wasm32/.test(l.record.target) ? 'wasm' : /^(llvm|c)\b/.test(l.record.target.trim()) ? 'c' : undefined;
    const { dag } = operatorOf(l.record);
    if (l.record.result.errorNo !== 0) skipped.errors++;
    else if (family === undefined || (flags.target !== undefined && (flags.target === 'wasm') !== (family === 'wasm'))) skipped.otherTargets++;
    else if (dag === undefined) skipped.unknown++;
    else programs[family].push({ line: l.line, record: l.record, dag });
  }
  const verdicts: Verdict[] = [];
  for (const target of ['c', 'wasm'] as const) {
    if (programs[target].length === 0) continue;
    const backend = await backendOf({ ...flags, target });
    try {
      await runLog(backend, programs[target], 1, (v) => {
        verdicts.push(v);
        onVerdict(v);
      });
    } finally {
      await backend.close();
    }
  }
  const count = (kind: Verdict['verdict']): number => verdicts.filter((v) => v.verdict === kind).length;
  return {
    right: count('right'), wrong: count('wrong'), failed: count('failed'), skipped,
    problems: verdicts.filter((v) => v.verdict !== 'right').map((v) => ({ line: v.line, column: 1, message: v.verdict === 'wrong' ? `the program is wrong: ${v.message}` : `the program does not run: ${v.message}` })),
  };
}
