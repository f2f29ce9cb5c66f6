/** Finds the note about a record among the lines after it. */
import { readNote, type TrialNote } from '../records/comments.js';

/** Notes about a trial stand within so many lines after it. */
const TRIAL_NOTES_LOOKED_AT = 3;

/** The note about the record at physical line `line`, given the lines that follow it. */
export function trialNoteOf(following: readonly string[], line: number): TrialNote | undefined {
  for (const text of following.slice(0, TRIAL_NOTES_LOOKED_AT)) {
    const note = readNote(text);
    if (typeof note === 'object' && note.kind === 'trial' && note.note.line === line) return note.note;
  }
  return undefined;
}
