/** Keys of an input's tasks in a log that may hold a different operator under the same key (design of the log: workload keys). */
import { distinguishedKey } from '../dag/text.js';
import { parseTc } from '../lang/parse.js';
import { printTc } from '../lang/print.js';
import type { TaskNote } from '../records/comments.js';
import type { InputTask, TuningInput } from './input.js';

/** The input with the keys that its tasks have, or would get, in a log with these task lines. */
export function withKeysOfLog(input: TuningInput, notes: ReadonlyMap<string, TaskNote>): TuningInput {
  const inLog = (t: InputTask): InputTask => (isAnother(notes.get(t.key), t) ? { ...t, key: distinguishedKey(t.key, operatorText(t)) } : t);
  const tasks = input.tasks.map(inLog);
  const keys = new Map(input.tasks.map((t, i) => [t.key, tasks[i]?.key ?? t.key]));
  const siblings = input.siblings?.map((s) => ({ ...s, of: keys.get(s.of) ?? s.of, task: inLog(s.task) }));
  return { ...input, tasks, ...(siblings === undefined ? {} : { siblings }) };
}

/** The log's line is about another operator than the task. A line that cannot be read says nothing. */
function isAnother(note: TaskNote | undefined, task: InputTask): boolean {
  const [known] = note === undefined ? [] : parseTc(note.tc).defs;
  return known !== undefined && printTc(known.dag, 'task') !== operatorText(task);
}

function operatorText(task: InputTask): string {
  return printTc(task.dag, 'task');
}
