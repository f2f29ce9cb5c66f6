/** A task's name and work, from its note in the log or from what was found out about its key. */
import { dagFlops } from '../../dag/flops.js';
import type { TaskNote } from '../../records/comments.js';
import { decodeWorkloadKey } from '../../records/keys.js';
import type { ResolutionIndex } from '../../records/library/resolve.js';
import type { LogTaskId } from './task-ids.js';

/** `flops`: floating-point operations of one run; undefined: not known. */
export interface TaskFacts { readonly name: string; readonly flops: number | undefined }

const HASH_SHOWN = 8;

/** At once: nothing is searched here. */
export function taskFacts(id: LogTaskId, note: TaskNote | undefined, keys: ResolutionIndex): TaskFacts {
  if (id.template !== undefined) return { name: id.template, flops: undefined };
  const resolved = keys.resolved.get(id.workloadKey);
  const name = note?.name || resolved?.name || keyName(id.workloadKey);
  return { name, flops: note?.flops || (resolved === undefined ? undefined : dagFlops(resolved.dag)) };
}

/** A registered function's name, or the beginning of a hash. */
function keyName(workloadKey: string): string {
  const name = decodeWorkloadKey(workloadKey)?.name ?? workloadKey;
  return /^[0-9a-f]{32}$/.test(name) ? `${name.slice(0, HASH_SHOWN)}…` : name;
}
