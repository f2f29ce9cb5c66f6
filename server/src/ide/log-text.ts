/** Finds things in the text of a log without reading all of it, so that a hover is quick in a log of any length. */
import { readNote, type TaskNote, type TrialNote } from '../records/comments.js';

/** Notes about a trial stand within so many lines after it. */
const TRIAL_NOTES_LOOKED_AT = 3;

/** The last task note with this workload key. */
export function taskNoteOf(text: string, key: string): TaskNote | undefined {
  const start = '# {"task"';
  for (let at = text.lastIndexOf(start); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(start, at - 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    const end = text.indexOf('\n', at);
    const note = readNote(text.slice(at, end < 0 ? undefined : end).trimEnd());
    if (typeof note === 'object' && note.kind === 'task' && note.note.key === key) return note.note;
  }
  return undefined;
}

/** The note about the record at physical line `line`, given the lines that follow it. */
export function trialNoteOf(following: readonly string[], line: number): TrialNote | undefined {
  for (const text of following.slice(0, TRIAL_NOTES_LOOKED_AT)) {
    const note = readNote(text);
    if (typeof note === 'object' && note.kind === 'trial' && note.note.line === line) return note.note;
  }
  return undefined;
}
