/** What the original computed for the test workloads (test/fixtures/oracle). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defined } from '../../server/src/base/assert.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { stepFromRecord } from '../../server/src/schedule/steps/index.js';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '../fixtures');
export const ORACLE = join(FIXTURES, 'oracle');

export interface RecordJson { readonly i: readonly [unknown, readonly [unknown, readonly (readonly unknown[])[]]] }
export interface Sample { readonly record: RecordJson; readonly bound_state_text: string; readonly python_schedule?: string }
export interface Workload { readonly name: string; readonly dag: ComputeDag; readonly init_state: string; readonly samples: readonly Sample[] }
interface SampleFile { readonly init_state: string; readonly samples: readonly Sample[] }
interface TraceFile {
  readonly label: string; readonly workload: string; readonly record: RecordJson; readonly python_schedule: string;
  readonly trace: readonly { readonly op: string; readonly state_text: string }[];
}

function json<T>(name: string): T {
  return JSON.parse(readFileSync(join(ORACLE, name), 'utf8')) as T;
}

/** The workload's `.tc` file; its text, hash and attributes are compared with the original's in test/lang. */
export function tcDag(name: string, folder = 'tc'): ComputeDag {
  const { defs } = parseTc(readFileSync(join(FIXTURES, folder, `${name}.tc`), 'utf8'));
  return defined(defs[0], `${name}.tc`).dag;
}

export function workloads(): Workload[] {
  return readdirSync(join(ORACLE, 'samples')).filter((name) => name.endsWith('.json')).sort().map((file) => {
    const data = json<SampleFile>(`samples/${file}`);
    return { name: file.replace('.json', ''), dag: tcDag(file.replace(/\..*/, '')), init_state: data.init_state, samples: data.samples };
  });
}

export interface Trace { readonly label: string; readonly dag: ComputeDag; readonly record: RecordJson; readonly python: string; readonly texts: readonly { op: string; text: string }[] }

export function traces(): Trace[] {
  return json<TraceFile[]>('manual_steps.json').map((t) => ({
    label: t.label, dag: tcDag(t.workload, t.workload.startsWith('norm') ? 'schedule' : 'tc'), record: t.record, python: t.python_schedule,
    texts: t.trace.map((x) => ({ op: x.op, text: x.state_text })),
  }));
}

/** The steps of a record, each of which must be legal. */
export function stepsOf(record: RecordJson): TransformStep[] {
  return record.i[1][1].map((fields) => {
    const step = stepFromRecord(fields);
    if (!step.ok) throw new Error(step.error.message);
    return step.value;
  });
}
