/** Writes records as lines of the original's format v0.6, byte for byte (spec log-format, sections 1 to 4). */
import type { HardwareParams } from '../hardware/params.js';
import type { TransformStep } from '../schedule/step.js';
import { stepDefinition } from '../schedule/steps/index.js';
import type { RecordField } from '../schedule/steps/definition.js';
import { percentG } from './number-text.js';
import type { MeasureRecord, MeasureResult } from './record.js';

export const RECORD_VERSION = 'v0.6';

/** The eight parameters in the order of the record. */
export function hardwareTuple(hardware: HardwareParams): readonly number[] {
  return [
    hardware.numCores, hardware.vectorUnitBytes, hardware.cacheLineBytes, hardware.maxSharedMemoryPerBlock,
    hardware.maxLocalMemoryPerBlock, hardware.maxThreadsPerBlock, hardware.maxVthreadExtent, hardware.warpSize,
  ];
}

/** A string with the five escapes that the original's writer and reader know; every other character stands as it is. */
function quoted(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\\': '\\\\', '\t': '\\t', '"': '\\"' };
  return `"${text.replace(/[\r\n\\\t"]/g, (c) => escapes[c] ?? c)}"`;
}

function field(value: RecordField): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? quoted(value) : `[${value.join(', ')}]`;
}

/** The steps as the record's array. Throws for a split with an open length, which no record holds. */
export function formatSteps(steps: readonly TransformStep[]): string {
  return `[${steps.map((step) => `[${stepDefinition(step.kind).toRecord(step).map(field).join(', ')}]`).join(', ')}]`;
}

function formatResult(result: MeasureResult): string {
  return `[[${result.costs.map(percentG).join(', ')}], ${result.errorNo}, ${percentG(result.allCost)}, ${Math.trunc(result.timestamp)}]`;
}

/** The line, without the newline. A record without hardware parameters gets the short form of v0.2, which all readers take. */
export function formatRecord(record: MeasureRecord): string {
  const task = [quoted(record.workloadKey), quoted(record.target)];
  if (record.hardware !== undefined) {
    task.push(field(hardwareTuple(record.hardware)), quoted(record.targetHost ?? ''), String(record.layoutRewrite ?? 0), `[${(record.taskInputs ?? []).map(quoted).join(', ')}]`);
  }
  return `{"i": [[${task.join(', ')}], [[], ${formatSteps(record.steps)}]], "r": ${formatResult(record.result)}, "v": "${RECORD_VERSION}"}`;
}
