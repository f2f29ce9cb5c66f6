/** One log from its first to its last trial, through faults; then what must hold is looked at. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '../../server/src/base/rng.js';
import { readLog } from '../../server/src/records/read-log.js';
import { chooseFault } from './faults.js';
import { makePlace, mendAll, type Place } from './place.js';
import { processesOf, signal } from './processes.js';

export interface Chaos {
  /** `dist/ansor.cjs`. */
  readonly program: string;
  readonly compiler: string;
  readonly diskFault: string | undefined;
  readonly root: string;
  readonly counts: Map<string, number>;
  /** What did not hold. */
  readonly broken: string[];
  logs: number;
  records: number;
  sessions: number;
  readonly late: () => boolean;
}

const TRIALS = 48;
const WAIT_MS = 20_000;

interface Session { readonly child: ChildProcess; readonly reported: () => number; readonly said: () => string; readonly end: Promise<number | null>; readonly ended: () => boolean }

function begin(chaos: Chaos, place: Place, target: string, threads: number): Session {
  chaos.sessions++;
  const args = ['tune', 'mm.tc', '--target', target, ...(target === 'c' ? ['--compiler', place.compiler] : []), '--threads', String(threads), '--trials', String(TRIALS), '--log', 'logs/log.json', '--json'];
  const child = spawn(process.execPath, [chaos.program, ...args], { cwd: place.folder, env: { ...process.env, ...place.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let out = '';
  let err = '';
  let over = false;
  child.stdout.on('data', (d: Buffer) => { out += d.toString(); });
  child.stderr.on('data', (d: Buffer) => { err = (err + d.toString()).slice(-3000); });
  const end = new Promise<number | null>((resolve) => {
    child.on('close', (status) => {
      over = true;
      resolve(status);
    });
  });
  return { child, end, ended: () => over, said: () => err, reported: () => out.split('\n').filter((l) => l.startsWith('{"event":"trial"')).length };
}

function recordsIn(log: string): { readonly whole: number; readonly distinct: number; readonly problems: readonly string[] } {
  const { lines, problems } = readLog(existsSync(log) ? readFileSync(log, 'utf8') : '');
  const steps = lines.flatMap((l) => (l.kind === 'record' ? [JSON.stringify([l.record.workloadKey, l.record.steps])] : []));
  return { whole: steps.length, distinct: new Set(steps).size, problems: problems.map((p) => `${p.line}: ${p.message}`) };
}

async function allGone(place: Place): Promise<string> {
  for (let waited = 0; waited < 100; waited++) {
    if (processesOf(place.marker).length === 0) return '';
    await sleep(50);
  }
  return processesOf(place.marker).map((p) => `${p.pid} ${p.state} ${p.command}`).join('; ');
}

/** Files that nobody needs any more. */
function strays(place: Place): string[] {
  const names = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);
  return [
    ...names(place.logs).filter((n) => !['log.json', 'log.json.d'].includes(n)), ...names(place.folder).filter((n) => !['mm.tc', 'logs', 'bin', 'cache', 'sessions'].includes(n)),
    ...names(`${place.log}.d`).filter((n) => !/^(model\.json|[0-9a-f]+\.(c|wasm|txt))$/.test(n)), ...names(path.join(place.folder, 'sessions')).filter((n) => !n.endsWith('.ended.json')), ...names(path.join(place.cache, 'c')).filter((n) => !/^[0-9a-f]{40}\.(so|runner)$/.test(n)),
  ];
}

/** One log. Returns when it is complete; problems are added to `chaos.broken`. */
export async function lane(chaos: Chaos, rng: Rng, target: string): Promise<void> {
  const place = makePlace(mkdtempSync(path.join(chaos.root, `${target}-`)), chaos.compiler, chaos.diskFault);
  const threads = 1 + rng.int(2);
  const history: string[] = [];
  const fail = (what: string): void => { chaos.broken.push(`${target}: ${what} (after ${history.slice(-6).join(', ')})`); };
  let reportedBefore = 0;
  try {
    for (let sessions = 0; sessions < 40; sessions++) {
      const session = begin(chaos, place, target, threads);
      const pid = session.child.pid ?? 0;
      const calm = chaos.late() || sessions > 30;
      let asked = false;
      const wanted = 1;
      if (!calm && rng.int(6) === 0) {
        // Before it has done anything.
        await sleep(rng.int(1500));
        if (!session.ended() && signal(pid, 'SIGKILL')) {
          asked = true;
          chaos.counts.set('session killed at its start', (chaos.counts.get('session killed at its start') ?? 0) + 1);
          history.push('session killed at its start');
        }
      }
      for (let waited = 0; !session.ended() && session.reported() < wanted && waited < WAIT_MS; waited += 20) await sleep(20);
      while (!session.ended() && !calm && !asked && !chaos.late()) {
        const fault = chooseFault(rng, target, chaos.diskFault !== undefined);
        const intrude = async (): Promise<number | null> => {
          const second = begin(chaos, place, target, threads);
          return second.end;
        };
        const took = await fault.happen({ place, pid, rng, intrude });
        if (took) {
          chaos.counts.set(fault.name, (chaos.counts.get(fault.name) ?? 0) + 1);
          history.push(fault.name);
        }
        asked = took && fault.ends === true;
        await sleep(10 + rng.int(60));
      }
      const status = await Promise.race([session.end, sleep(120_000, 'hangs' as const, { ref: false })]);
      if (status === 'hangs') {
        fail(`a session hangs: ${session.said().slice(-300)}`);
        signal(pid, 'SIGKILL');
        return;
      }
      mendAll(place);
      if (status !== 0 && !asked) fail(`a session ended with ${status}: ${session.said().slice(-300)}`);
      const left = await allGone(place);
      if (left !== '') fail(`processes stay: ${left}`);
      reportedBefore += session.reported();
      const now = recordsIn(place.log);
      if (now.whole < reportedBefore) fail(`${reportedBefore} trials were reported, ${now.whole} are in the log`);
      if (now.whole !== now.distinct) fail(`${now.whole - now.distinct} trials are there twice`);
      if (chaos.broken.length > 0) return;
      if (now.whole >= TRIALS && status === 0) break;
      if (chaos.late() && calm) break;
    }
    const end = recordsIn(place.log);
    if (end.problems.length > 0) fail(`lines that cannot be read: ${end.problems.join('; ')}`);
    if (end.whole !== TRIALS) fail(`${end.whole} of ${TRIALS} trials`);
    const files = strays(place);
    if (files.length > 0) fail(`files stay: ${files.join(', ')}`);
    chaos.logs++;
    chaos.records += end.whole;
  } finally {
    for (const p of processesOf(place.marker)) signal(p.pid, 'SIGKILL');
    if (chaos.broken.length === 0) rmSync(place.folder, { recursive: true, force: true });
  }
}
