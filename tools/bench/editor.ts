/**
 * What a running session costs the editor: while a network is tuned, the language server has the growing log open, as an editor would, and answers
 * hovers on it. Tells how long they take, and the memory of the server and of each process of the session (Linux).
 *
 *   npm run bench -- editor [--models resnet18] [--target c] [--threads 1] [--trials 200] [--limit 100] [--every 150] [--out out/editor]
 *
 * A model is a name of test/fixtures/models, densenet161 (a hundred tasks, made here) or a file; its log begins empty, unless `--log FILE` gives one to go on with (a copy of it is). `--limit`: seconds of tuning. Every `--every` ms
 * what is new in the log is told to the server, which is then asked for the hints of the last screen and for a hover: on the newest record, or on any. The session's threads (search, training)
 * live in its host process. Prints tables, writes `results.json` into `--out`.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { createRng } from '../../server/src/base/rng.js';
import type { DoneEvent, SessionEvent } from '../../server/src/protocol/session-event.js';
import { startLanguageServer, type LanguageServer } from '../../test/lsp/language-server.js';
import { memoryOfTree } from './process-memory.js';
import { withWeights } from './weighted-model.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'resnet18' }, target: { type: 'string', default: 'c' }, threads: { type: 'string', default: '1' }, trials: { type: 'string', default: '200' },
    limit: { type: 'string', default: '100' }, every: { type: 'string', default: '150' }, log: { type: 'string' }, out: { type: 'string', default: 'out/editor' },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });
/** Lines that an editor shows. */
const SCREEN = 40;

interface Waits { readonly count: number; readonly medianMs: number; readonly p95Ms: number; readonly mostMs: number }

interface Row { readonly network: string; readonly trials: number; readonly tasks: number; readonly seconds: number; readonly lines: number; readonly hovers: Waits; readonly hints: Waits; readonly memoryMiB: Readonly<Record<string, number>>; readonly sumMiB: number }

function waits(ms: readonly number[]): Waits {
  const sorted = ms.slice().sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), mostMs: at(1) };
}

/** The log as the server knows it: what is appended to the file is appended here. */
class OpenLog {
  private text = '';
  private version = 1;
  private readonly uri: string;

  constructor(private readonly server: LanguageServer, private readonly file: string) {
    this.uri = pathToFileURL(file).href;
  }

  get lines(): number {
    return this.text.split('\n').length - 1;
  }

  async open(): Promise<void> {
    this.text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    await this.server.open(this.uri, 'ansor-log', this.text);
  }

  async follow(): Promise<void> {
    const now = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    const whole = now.slice(0, now.lastIndexOf('\n') + 1);
    if (whole.length === this.text.length) return;
    const end = { line: this.lines, character: 0 };
    await this.server.change(this.uri, ++this.version, whole.slice(this.text.length), { start: end, end });
    this.text = whole;
  }

  hints(): Promise<unknown> {
    const last = this.lines;
    return this.server.ask('inlayHint', this.uri, { range: { start: { line: Math.max(0, last - SCREEN), character: 0 }, end: { line: last, character: 0 } } });
  }

  /** True: something was shown. `back`: which record, counted from the last one. */
  async hover(back: number): Promise<boolean> {
    const records = this.text.split('\n').flatMap((line, i) => (line.startsWith('{') ? [i] : []));
    const line = records.at(-1 - (back % Math.max(1, records.length)));
    if (line === undefined) return false;
    return await this.server.ask<object | null>('hover', this.uri, { position: { line, character: 300 } }) !== null;
  }
}

async function watched(model: string): Promise<Row> {
  const { name, file } = withWeights(model, out);
  const log = path.join(out, `${name}.ansor.jsonl`);
  rmSync(log, { force: true });
  rmSync(`${log}.d`, { force: true, recursive: true });
  if (values.log !== undefined) copyFileSync(values.log, log);
  const session = spawn(process.execPath, [path.resolve('dist/ansor.cjs'), 'tune', file, '--target', values.target, '--threads', values.threads, '--log', log, '--more', values.trials, '--time-limit', values.limit, '--seed', '1', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let running = true;
  session.stdout.on('data', (d: Buffer) => { said += d.toString(); });
  const ended = new Promise<void>((resolve) => session.on('close', () => {
    running = false;
    resolve();
  }));
  const server = await startLanguageServer(path.resolve('dist/server.cjs'));
  const document = new OpenLog(server, log);
  const rng = createRng(1);
  const [hovers, hints]: [number[], number[]] = [[], []];
  const memory: Record<string, number> = {};
  let sum = 0;
  const remember = (what: string, mib: number): void => { memory[what] = Math.max(memory[what] ?? 0, mib); };
  const look = setInterval(() => {
    const tree = memoryOfTree(session.pid ?? -1);
    for (const p of tree) remember(p.pid === session.pid ? 'session host (search, trainer)' : p.program, p.most);
    const own = server.memory();
    remember('language server', own?.most ?? 0);
    sum = Math.max(sum, tree.reduce((all, p) => all + p.now, own?.now ?? 0));
  }, 50);
  await document.open();
  try {
    for (let k = 0; running; k++) {
      await document.follow();
      const begin = performance.now();
      await document.hints();
      hints.push(performance.now() - begin);
      const from = performance.now();
      const shown = await document.hover(k % 2 === 0 ? 0 : rng.int(1e6));
      if (shown) hovers.push(performance.now() - from);
      await delay(Number(values.every));
    }
    await ended;
  } finally {
    clearInterval(look);
    server.stop();
  }
  const events = said.trim().split('\n').map((line) => JSON.parse(line) as SessionEvent);
  const done = events.find((e): e is DoneEvent => e.event === 'done');
  if (done === undefined) throw new Error(`the session of ${name} failed`);
  return { network: name, trials: done.trials, tasks: done.tasks.length, seconds: done.seconds, lines: document.lines, hovers: waits(hovers), hints: waits(hints), memoryMiB: memory, sumMiB: sum };
}

console.log(`${os.cpus()[0]?.model ?? ''}, ${os.availableParallelism()} cores, node ${process.version}, target ${values.target}`);
const rows: Row[] = [];
for (const model of values.models.split(',')) {
  const row = await watched(model);
  rows.push(row);
  const words = ({ count, medianMs, p95Ms, mostMs }: Waits): string => `${count}: median ${medianMs.toFixed(1)} ms, 95 % ${p95Ms.toFixed(1)} ms, at most ${mostMs.toFixed(1)} ms`;
  console.log(`\n${row.network}: ${row.tasks} tasks, ${row.trials} trials in ${row.seconds.toFixed(0)} s, log of ${row.lines} lines\nhovers, ${words(row.hovers)}\nhints of the last screen, ${words(row.hints)}\n| process | most resident MiB |\n| --- | --- |`);
  for (const [process, mib] of Object.entries(row.memoryMiB).sort((a, b) => b[1] - a[1])) console.log(`| ${process} | ${mib.toFixed(0)} |`);
  console.log(`| all of them at a time | ${row.sumMiB.toFixed(0)} |`);
  writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version, rows }, undefined, 1)}\n`);
}
