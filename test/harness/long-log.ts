/**
 * Makes tuning logs of any length from the schedules of the original: `node --import tsx test/harness/long-log.ts 50000 > FILE`. Tasks take
 * turns in rounds, each record has a time of its own and a note, some fail.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../server/src/base/rng.js';
import { dagFlops } from '../../server/src/dag/flops.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { formatNote } from '../../server/src/records/comments.js';
import { formatRecord } from '../../server/src/records/format.js';
import { readRecordLine } from '../../server/src/records/read-line.js';
import type { MeasureRecord } from '../../server/src/records/record.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ROUND = 64;
const FAILURES = 0.05;

interface Template { readonly note: string; readonly records: readonly MeasureRecord[] }

function templates(): readonly Template[] {
  return readdirSync(here('../fixtures/oracle/records')).flatMap((name): Template[] => {
    const records = readFileSync(here(`../fixtures/oracle/records/${name}`), 'utf8').split('\n').flatMap((line) => {
      const read = readRecordLine(line);
      return read.ok && read.value.kind === 'record' ? [read.value.record] : [];
    });
    const tc = readFileSync(here(`../fixtures/tc/${name.replace('.json', '.tc')}`), 'utf8');
    const dag = parseTc(tc).defs[0]?.dag;
    const key = records[0]?.workloadKey;
    if (dag === undefined || key === undefined) return [];
    return [{ note: formatNote({ kind: 'task', note: { key, name: name.replace('.json', ''), flops: dagFlops(dag), tc } }), records }];
  });
}

/** A log with so many records, the same for the same number. Lines end with `\n`. */
export function longLog(records: number): string {
  const rng = createRng(7);
  const tasks = templates();
  const lines = [formatNote({ kind: 'session', note: { version: '0.1.0', target: 'llvm -keys=cpu -mcpu=skylake -num-cores=4', backend: 'c', flags: ['-O2'], host: { cpu: 'Some other CPU', cores: 4 }, compiler: 'gcc 12.2.0', seed: 1 } })];
  for (let count = 0, round = 0; count < records; round++) {
    const task = tasks[round % tasks.length];
    if (task === undefined) break;
    if (round < tasks.length) lines.push(task.note);
    for (let k = 0; k < ROUND && count < records; k++, count++) {
      const template = task.records[(round + k) % task.records.length];
      if (template === undefined) continue;
      const failed = rng.real() < FAILURES;
      const cost = (template.result.costs[0] ?? 1e-3) * (0.7 + rng.real());
      lines.push(formatRecord({ ...template, result: { costs: failed ? [1e10] : [cost, cost * 1.01, cost * 0.99], errorNo: failed ? 2 : 0, allCost: 1 + rng.real(), timestamp: 1_795_000_000 + count } }));
      lines.push(formatNote({ kind: 'trial', note: { line: lines.length, predicted: rng.real(), rule: 'mutate tile size', ...(failed && { error: 'error: no such instruction' }) } }));
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(longLog(Number(process.argv[2] ?? 50_000)));
