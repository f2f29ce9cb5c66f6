/** `ansor tasks`: the tasks of a model, and how much of it logs cover, those of other models and machines too. */
import type { Command } from 'commander';
import { taskNotes } from '../records/format-log.js';
import { estimatedCost, type KnownProgram } from '../records/reuse/programs.js';
import { FAILED_COST } from '../records/best.js';
import { readInput, type InputTask, type TuningInput } from '../session/input.js';
import { withKeysOfLog } from '../session/known-operators.js';
import { callsOf, untunedParts, type FusedNodes, type UntunedPart } from '../session/network-parts.js';
import { programsOf, readSourceLog } from '../session/records-of.js';
import { printJson, type Streams } from './io.js';
import { algorithmsOption, bindingsOf, logsOption, sizeOption, withBindings, withJson, type BindingFlags } from './options.js';
import { formatTable, ms } from './table.js';

interface Flags extends BindingFlags { readonly log?: string; readonly reuse: readonly string[]; readonly json?: boolean; readonly size?: Record<string, number> }

/** How logs cover a task, best first. */
const COVERS = ['own', 'borrowed', 'unverified', 'compatible', 'none'] as const;
type Cover = (typeof COVERS)[number];

const WORDS: Readonly<Record<Cover, string>> = { own: 'own', borrowed: 'borrowed', unverified: 'unverified', compatible: 'compatible', none: '-' };

export function tasksCommand(program: Command, io: Streams): void {
  withJson(withBindings(program.command('tasks')
    .description('the tasks of a model: key, weight, FLOPs, best known time, and how much of it logs cover')
    .argument('<input>', 'an .onnx or .tc file')
    .option('--log <file>', 'a tuning log, of this model or another')
    .option('--reuse <log>', 'a further log (repeatable)', logsOption, [])
    .addOption(algorithmsOption())
    .option('--size <name=n>', 'a size of a .tc file', sizeOption)))
    .action((inputName: string, flags: Flags) => {
      const given = readInput(inputName, { sizes: flags.size ?? {}, ...bindingsOf(flags) });
      const logs = [...(flags.log === undefined ? [] : [flags.log]), ...flags.reuse].map(readSourceLog);
      const input = withKeysOfLog(given, taskNotes(flags.log === undefined ? [] : logs[0]?.lines ?? []));
      const programs = programsOf(input, logs);
      const tasks = input.tasks.map((t) => taskRow(t, callsOf(input.plan, t), programs.get(t.key) ?? []));
      const siblings = siblingRows(input, programs);
      const untuned = untunedParts(input.plan);
      const covered = summary(tasks);
      if (flags.json === true) {
        printJson(io, { tasks, ...(siblings.length === 0 ? {} : { siblings }), untuned, coverage: covered.flops.own + covered.flops.borrowed, covered });
        return;
      }
      const rows = tasks.map((t) => [t.name, String(t.weight), (t.flops / 1e6).toFixed(1), t.bestMs === null ? '-' : ms(t.bestMs), WORDS[t.reuse.kind] + (t.reuse.kind === 'none' ? '' : ` (${t.reuse.records})`), fusedWords(t.calls[0])]);
      io.out(`${formatTable(['task', 'weight', 'MFLOP', 'best', 'records', 'fused'], rows)}\n${siblingWords(siblings)}${untunedWords(untuned)}${logs.length === 0 ? '' : `${words(covered)}\n`}`);
    });
}

/** Another algorithm for a task, which is tuned beside it; the faster one is used. */
interface SiblingRow {
  readonly key: string;
  readonly name: string;
  /** Key of the task. */
  readonly of: string;
  readonly algorithm: string;
  readonly flops: number;
  readonly bestMs: number | null;
}

function siblingRows({ siblings = [] }: TuningInput, programs: ReadonlyMap<string, readonly KnownProgram[]>): SiblingRow[] {
  return siblings.map(({ of, sibling, task: { key, name, flops } }) => {
    const best = (programs.get(key) ?? []).filter((p) => coverOf(p) === 'own' || coverOf(p) === 'borrowed').reduce((least, p) => Math.min(least, estimatedCost(p)), FAILED_COST);
    return { key, name, of, algorithm: sibling.algorithm, flops, bestMs: best < FAILED_COST ? best * 1000 : null };
  });
}

function siblingWords(siblings: readonly SiblingRow[]): string {
  if (siblings.length === 0) return '';
  const tasks = new Set(siblings.map(({ of }) => of)).size;
  const measured = siblings.filter(({ bestMs }) => bestMs !== null);
  const table = measured.length === 0 ? '' : `${formatTable(['other algorithm', 'MFLOP', 'best'], measured.map((s) => [s.name, (s.flops / 1e6).toFixed(1), s.bestMs === null ? '-' : ms(s.bestMs)]))}\n`;
  return `other algorithms: ${[...new Set(siblings.map(({ algorithm }) => algorithm))].join(', ')} for ${tasks} task${tasks === 1 ? '' : 's'}; the promising ones are tuned beside, and the faster is used\n${table}`;
}

interface TaskRow {
  readonly key: string;
  readonly name: string;
  readonly weight: number;
  readonly flops: number;
  /** The model's nodes in each of its calls. */
  readonly calls: readonly FusedNodes[];
  /** Of own and borrowed records; null while none of them succeeded. */
  readonly bestMs: number | null;
  readonly reuse: {
    readonly kind: Cover;
    /** Successful records of this kind; the best one's log and line, and its time as estimated for this task. */
    readonly records: number;
    readonly log?: string;
    readonly line?: number;
    readonly estimatedMs?: number;
    /** Of compatible ones: how many times more work this task is. */
    readonly factor?: number;
    /** Of unverified ones: what was assumed. */
    readonly assumptions?: readonly string[];
  };
}

function fusedWords(nodes: FusedNodes = []): string {
  return nodes.length === 0 ? '-' : nodes.map(({ op }) => op).join(' + ');
}

const REASONS: Readonly<Record<UntunedPart['why'], string>> = { 'no-reduction': 'which only move elements or map them one by one', procedure: 'which are no tensor expressions and run in kernels of their own' };

/** One line for each reason, the operators by number of calls. */
function untunedWords(parts: readonly UntunedPart[]): string {
  return (Object.keys(REASONS) as UntunedPart['why'][]).map((why) => {
    const counts = new Map<string, number>();
    const calls = parts.flatMap((part) => (part.why === why ? part.calls.map((nodes) => ({ nodes, name: part.name })) : []));
    for (const { nodes, name } of calls) {
      // Some layers are computed in another layout than their neighbours.
      const isLayout = /^fused_transpose(_\d+)?$/.test(name) && !nodes.some(({ op }) => op === 'Transpose');
      const words = nodes.length === 0 ? name : isLayout ? `layout of ${fusedWords(nodes)}` : fusedWords(nodes);
      counts.set(words, (counts.get(words) ?? 0) + 1);
    }
    const list = [...counts].sort((x, y) => y[1] - x[1]).map(([words, n]) => (n === 1 ? words : `${words} x ${n}`));
    return calls.length === 0 ? '' : `not tuned: ${calls.length} call${calls.length === 1 ? '' : 's'} ${REASONS[why]}: ${list.join(', ')}\n`;
  }).join('');
}

function taskRow({ key, name, weight, flops }: InputTask, calls: readonly FusedNodes[], programs: readonly KnownProgram[]): TaskRow {
  const worked = programs.filter((p) => estimatedCost(p) < FAILED_COST);
  const best = (list: readonly KnownProgram[]): KnownProgram | undefined => list.reduce<KnownProgram | undefined>((a, b) => (a === undefined || estimatedCost(b) < estimatedCost(a) ? b : a), undefined);
  const usable = best(worked.filter((p) => coverOf(p) === 'own' || coverOf(p) === 'borrowed'));
  const kind = COVERS.find((c) => worked.some((p) => coverOf(p) === c)) ?? 'none';
  const same = worked.filter((p) => coverOf(p) === kind);
  const first = best(same);
  return {
    key, name, weight, flops, calls, bestMs: usable === undefined ? null : estimatedCost(usable) * 1000,
    reuse: {
      kind, records: same.length,
      ...(first === undefined ? {} : {
        ...(first.log === undefined ? {} : { log: first.log }), line: first.line, estimatedMs: estimatedCost(first) * 1000,
        ...(kind === 'compatible' ? { factor: first.factor } : {}), ...(first.assumptions.length === 0 ? {} : { assumptions: first.assumptions }),
      }),
    },
  };
}

function coverOf({ origin, verified, factor }: KnownProgram): Cover {
  if (factor !== 1) return 'compatible';
  return !verified ? 'unverified' : origin === 'own' ? 'own' : 'borrowed';
}

type Shares = Readonly<Record<Cover, number>>;

/** Numbers of tasks, and shares of the model's FLOPs, by how they are covered. */
interface Covered { readonly tasks: Shares; readonly flops: Shares }

function summary(tasks: readonly TaskRow[]): Covered {
  const all = tasks.reduce((n, t) => n + t.flops * t.weight, 0);
  const sum = (kind: Cover, value: (t: TaskRow) => number): number => tasks.reduce((n, t) => n + (t.reuse.kind === kind ? value(t) : 0), 0);
  const shares = (value: (t: TaskRow) => number): Shares => ({ own: sum('own', value), borrowed: sum('borrowed', value), unverified: sum('unverified', value), compatible: sum('compatible', value), none: sum('none', value) });
  return { tasks: shares(() => 1), flops: shares((t) => (all === 0 ? 0 : (t.flops * t.weight) / all)) };
}

function words({ tasks, flops }: Covered): string {
  const percent = (x: number): string => `${(x * 100).toFixed(0)} %`;
  const total = COVERS.reduce((n, kind) => n + tasks[kind], 0);
  const meaning: Readonly<Record<Cover, string>> = {
    own: "this model's own records on this machine", borrowed: 'records of another model or machine: they count after one confirming run', unverified: 'records that name no operator: not used before a checking run',
    compatible: 'records of sizes that divide these: tried first', none: 'no records',
  };
  const lines = COVERS.filter((kind) => tasks[kind] > 0).map((kind) => `  ${tasks[kind]} task${tasks[kind] === 1 ? '' : 's'}, ${percent(flops[kind])} of the FLOPs: ${meaning[kind]}`);
  return [`${tasks.own + tasks.borrowed} of ${total} tasks and ${percent(flops.own + flops.borrowed)} of the model's FLOPs have a record`, ...lines].join('\n');
}
