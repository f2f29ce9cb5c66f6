/**
 * The trained cost model beside its log, `LOG.d/model.json`: a session that goes on with the log need not train it again before it searches.
 * It is a cache: the log has all that it was made from, so a file that is missing, damaged or stale only costs that training.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { field } from '../../cost-model/json-numbers.js';
import { DEFAULT_GBDT } from '../../cost-model/gbdt.js';
import type { GbdtModel } from '../../cost-model/gbdt-model.js';
import { gbdtFromJson, gbdtToJson } from '../../cost-model/model-json.js';
import type { HardwareParams } from '../../hardware/params.js';
import { logFolder } from '../log-folder.js';
import { draftPath, removeDraft, writeWhole } from '../whole-file.js';

const FORMAT = 'ansor-session-model';
const VERSION = 1;
/** More is no model of ours. */
const LARGEST_BYTES = 64 * 2 ** 20;

/** Which programs, on what machine, with which settings: a model fits where all of them are the same. The programs' order does not matter. */
export class Fingerprint {
  private readonly programs: string[] = [];

  constructor(private readonly target: string, private readonly hardware: HardwareParams) {}

  /** `steps` as records write them. Times are left out: logs have fewer digits of them than a session knew. */
  add(task: string, steps: string, failed: boolean): void {
    this.programs.push(createHash('sha256').update(JSON.stringify([task, steps, failed])).digest('base64'));
  }

  get count(): number {
    return this.programs.length;
  }

  text(): string {
    const all = createHash('sha256').update(JSON.stringify([this.target, this.hardware, DEFAULT_GBDT]));
    for (const program of this.programs.slice().sort()) all.update(program);
    return all.digest('hex');
  }
}

export class ModelFile {
  private readonly file: string;

  constructor(log: string) {
    this.file = path.join(logFolder(log), 'model.json');
  }

  /** Removes what a session that was killed while it saved has left. */
  sweep(): void {
    removeDraft(draftPath(this.file));
  }

  /** The model if it is there, whole, and was trained on just these programs. */
  load(fingerprint: Fingerprint): GbdtModel | undefined {
    try {
      if (statSync(this.file).size > LARGEST_BYTES) return undefined;
      const json: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      if (field(json, 'format') !== FORMAT || field(json, 'version') !== VERSION || field(json, 'fingerprint') !== fingerprint.text()) return undefined;
      const model = gbdtFromJson(field(json, 'model'));
      return model.ok ? model.value : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whoever reads finds the old model or the new one. What cannot be written is not worth stopping for: a session works without. */
  save(model: GbdtModel, { text, programs }: { readonly text: string; readonly programs: number }): void {
    try {
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      writeWhole(this.file, `${JSON.stringify({ format: FORMAT, version: VERSION, programs, fingerprint: text, model: gbdtToJson(model) })}\n`, { mode: 0o600 });
    } catch {
      // The log has all of it.
    }
  }
}
