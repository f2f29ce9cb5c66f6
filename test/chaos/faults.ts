/** The faults: each happens to a running session at one moment, and is over after a moment. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '../../server/src/base/rng.js';
import { BAD_CANDIDATES, mendAll, type Place } from './place.js';
import { processesOf, signal, type Found } from './processes.js';

export interface Victim {
  readonly place: Place;
  readonly pid: number;
  readonly rng: Rng;
  /** A second session on the same log; its exit status. */
  readonly intrude: () => Promise<number | null>;
}

/** True if it took place; `ends`: the session is gone or about to go. */
export interface Fault { readonly name: string; readonly weight: number; readonly ends?: boolean; readonly happen: (v: Victim) => Promise<boolean> }

const moment = (v: Victim): Promise<void> => sleep(30 + v.rng.int(200));
const children = (v: Victim, of: (p: Found) => boolean): Found[] => processesOf(v.place.marker).filter((p) => p.pid !== v.pid && of(p));
const isRunner = (p: Found): boolean => /\.runner |wasm-host/.test(p.command) && !p.command.includes('--launch');
const isCompiler = (p: Found): boolean => /kernel\.c|cc1|collect2|\bld\b|\bas\b/.test(p.command);

function pick(v: Victim, list: readonly Found[]): Found | undefined {
  return list.length === 0 ? undefined : list[v.rng.int(list.length)];
}

const kill = (of: (p: Found) => boolean, name: NodeJS.Signals = 'SIGKILL') => (v: Victim): Promise<boolean> => {
  const one = pick(v, children(v, of));
  return Promise.resolve(one !== undefined && signal(one.pid, name));
};

/** Something is wrong for a moment. */
const during = (begin: (v: Victim) => void, end: (v: Victim) => void) => async (v: Victim): Promise<boolean> => {
  begin(v);
  await moment(v);
  end(v);
  return true;
};

/** Has the session written its last line? What is removed then is nobody's any more. */
function isOver(v: Victim): boolean {
  const dir = path.join(v.place.folder, 'sessions');
  return readdirSync(dir).some((name) => name.endsWith('.ended.json') && readFileSync(path.join(dir, name), 'utf8').includes(`"pid":${v.pid},`));
}

const linesOf = (log: string): number => (existsSync(log) ? readFileSync(log, 'latin1').split('\n').length - 1 : 0);

/** All at once (a folder that is emptied file by file may get new ones meanwhile), and only under a session that is not over. The lines that the log had; undefined: nothing was removed. */
function remove(v: Victim, what: string): number | undefined {
  const lines = linesOf(v.place.log);
  if (lines === 0) return undefined;
  const aside = `${what}.gone`;
  renameSync(what, aside);
  const late = isOver(v);
  if (late) renameSync(aside, what);
  else rmSync(aside, { recursive: true, force: true });
  return late ? undefined : lines;
}

/** A log that was removed comes back with all its lines: at the next trial, or at the session's end. The file is there before they are. */
async function logIsBack(v: Victim, lines: number): Promise<boolean> {
  for (let waited = 0; waited < 2400 && linesOf(v.place.log) < lines; waited++) await sleep(25);
  return linesOf(v.place.log) >= lines;
}

const stop = (find: (v: Victim) => number | undefined) => async (v: Victim): Promise<boolean> => {
  const pid = find(v);
  if (pid === undefined || !signal(pid, 'SIGSTOP')) return false;
  await moment(v);
  return signal(pid, 'SIGCONT');
};

const bad = (kind: string): Fault => ({
  name: `candidate: ${kind}`, weight: 1,
  happen: async (v) => {
    writeFileSync(v.place.badSwitch, kind);
    for (let waited = 0; waited < 40 && existsSync(v.place.badSwitch); waited++) await sleep(25);
    const taken = !existsSync(v.place.badSwitch);
    rmSync(v.place.badSwitch, { force: true });
    return taken;
  },
});

export const FAULTS: readonly Fault[] = [
  { name: 'session killed', weight: 5, ends: true, happen: (v) => Promise.resolve(signal(v.pid, 'SIGKILL')) },
  {
    name: 'session killed in the middle of a line', weight: 4, ends: true,
    happen: async (v) => {
      if (!signal(v.pid, 'SIGKILL')) return false;
      await sleep(100);
      const begun = ['{', '{"i": [["[\\"mm', '{"i": [["[\\"\u00e4', '# {"trial":{"line":', '{"i": [["[\\"4'][v.rng.int(5)] ?? '{';
      if (existsSync(v.place.log)) appendFileSync(v.place.log, begun);
      return true;
    },
  },
  { name: 'session asked to end', weight: 2, ends: true, happen: (v) => Promise.resolve(signal(v.pid, v.rng.int(2) === 0 ? 'SIGTERM' : 'SIGINT')) },
  { name: 'runner killed', weight: 9, happen: kill(isRunner) },
  { name: 'compiler killed', weight: 9, happen: kill(isCompiler) },
  { name: 'launcher killed', weight: 3, happen: kill((p) => p.command.includes('--launch')) },
  { name: 'launcher stopped for a moment', weight: 3, happen: stop((v) => pick(v, children(v, (p) => p.command.includes('--launch')))?.pid) },
  { name: 'session stopped for a moment', weight: 3, happen: stop((v) => v.pid) },
  { name: 'runner stopped for a moment', weight: 3, happen: stop((v) => pick(v, children(v, isRunner))?.pid) },
  { name: 'disk full for a moment', weight: 6, happen: during((v) => writeFileSync(v.place.diskSwitch, ''), (v) => rmSync(v.place.diskSwitch, { force: true })) },
  { name: 'disk read-only for a moment', weight: 4, happen: during((v) => writeFileSync(v.place.diskSwitch, 'read-only'), (v) => rmSync(v.place.diskSwitch, { force: true })) },
  { name: 'folder of the log gone for a moment', weight: 4, 
    happen: async (v) => {
      const lines = remove(v, v.place.logs);
      if (lines === undefined) return false;
      await moment(v);
      mkdirSync(v.place.logs, { recursive: true });
      return logIsBack(v, lines);
    },
  },
  {
    name: 'log removed', weight: 2,
    happen: async (v) => {
      const lines = remove(v, v.place.log);
      return lines !== undefined && logIsBack(v, lines);
    },
  },
  {
    name: 'cache removed', weight: 2,
    happen: (v) => {
      try {
        rmSync(v.place.cache, { recursive: true, force: true, maxRetries: 5 });
      } catch {
        // Somebody works in it: most of it is gone.
      }
      return Promise.resolve(true);
    },
  },
  { name: 'second session on the log', weight: 2, happen: async (v) => (await v.intrude()) === 1 },
  ...[...Object.keys(BAD_CANDIDATES), 'error', 'killed'].map(bad),
];

/** One that leaves the session alive where `gentle`. */
export function chooseFault(rng: Rng, target: string, diskFaults: boolean): Fault {
  const fit = FAULTS.filter((f) => (target === 'c' || !/^candidate|compiler|launcher/.test(f.name)) && (diskFaults || !f.name.startsWith('disk')));
  let at = rng.int(fit.reduce((n, f) => n + f.weight, 0));
  for (const f of fit) if ((at -= f.weight) < 0) return f;
  throw new Error('no fault');
}

export { mendAll };
