/** `ansor features`: the per-store feature vectors of a log's records. */
import type { Command } from 'commander';
import { FeatureExtractor } from '../features/extractor.js';
import { withinGpuLimits } from '../features/gpu-limits.js';
import { ROW_LENGTH } from '../features/layout.js';
import { FEATURE_NAMES } from '../features/names.js';
import { defaultHardware } from '../hardware/defaults.js';
import type { HardwareParams } from '../hardware/params.js';
import { parseTarget } from '../hardware/parse.js';
import { lower } from '../lower/lower.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { printJson, type Streams } from './io.js';
import { foundWords, type Operator } from './log-source.js';
import { withJson } from './options.js';
import { chosenRecords, withRecords, type RecordFlags } from './record-choice.js';

interface Flags extends RecordFlags { readonly json?: boolean }

interface RecordFeatures {
  /** Physical line, from 1. */
  readonly line: number;
  /** Rows of 164 numbers, one per written or allocated buffer; none for a program that is not valid. */
  readonly stores: readonly (readonly number[])[];
  /** False: the steps are illegal, or a limit of the GPU is broken. */
  readonly valid: boolean;
  readonly problem?: string;
  /** What the operator is and what was assumed about it, if it was found by its key. */
  readonly operator?: string;
  readonly assumptions?: readonly string[];
}

/** Enough digits for every 32-bit float. */
const DIGITS = 9;

export function featuresCommand(program: Command, io: Streams): void {
  withJson(withRecords(program.command('features').description('the feature vectors of records, as the cost model sees them')))
    .action((logName: string, flags: Flags) => {
      const extractor = new FeatureExtractor();
      const records = chosenRecords(logName, flags).map(({ line, record, operator }) => featuresOf(line, record, operator, extractor));
      if (flags.json === true) printJson(io, { names: FEATURE_NAMES, records });
      else io.out(records.map(describe).join('\n'));
    });
}

function featuresOf(line: number, record: MeasureRecord, { dag, name, assumptions, problem: unknown }: Operator, extractor: FeatureExtractor): RecordFeatures {
  const found = { line, ...(name !== undefined && { operator: name }), ...(assumptions !== undefined && { assumptions }) };
  const invalid = (problem: string): RecordFeatures => ({ ...found, stores: [], valid: false, problem });
  if (dag === undefined) return invalid(unknown ?? '');
  const hardware = hardwareOf(record);
  if (typeof hardware === 'string') return invalid(hardware);
  try {
    const lowered = lower(replay(dag, record.steps), { constantMatrices: 'one' });
    if (!withinGpuLimits(lowered, hardware)) return invalid('the program breaks a limit of the GPU: shared memory, threads, virtual threads or vector size');
    const numbers = Array.from(extractor.extract(lowered, hardware), (x) => Number(x.toPrecision(DIGITS)));
    const stores = Array.from({ length: numbers.length / ROW_LENGTH }, (_, r) => numbers.slice(r * ROW_LENGTH, (r + 1) * ROW_LENGTH));
    return { ...found, stores, valid: true };
  } catch (e) {
    return invalid(e instanceof Error ? e.message : String(e));
  }
}

/** The record's own parameters; logs before v0.3 have none, and the target's defaults count. */
function hardwareOf(record: MeasureRecord): HardwareParams | string {
  if (record.hardware !== undefined) return record.hardware;
  const target = parseTarget(record.target);
  if (!target.ok) return target.error.message;
  const hardware = defaultHardware(target.value);
  return hardware.ok ? hardware.value : hardware.error;
}

/** Only what is not zero, so that a person finds something. */
function describe(r: RecordFeatures): string {
  const stores = r.stores.map((row, i) => `store ${i}\n${row.flatMap((x, c) => (x === 0 ? [] : [`  ${FEATURE_NAMES[c] ?? ''} ${x}`])).join('\n')}\n`);
  const found = foundWords({ ...(r.operator !== undefined && { name: r.operator }), ...(r.assumptions !== undefined && { assumptions: r.assumptions }) });
  return `# line ${r.line}${r.valid ? '' : ', not valid'}\n${found === undefined ? '' : `# ${found}\n`}${r.problem === undefined ? '' : `# ${r.problem}\n`}${stores.join('')}`;
}
