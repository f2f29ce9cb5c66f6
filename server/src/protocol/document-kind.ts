/** The documents that Ansor knows, and how a tuning log is told from other text: the one fact that client and server share. */

export const LOG_LANGUAGE = 'ansor-log';
export const TC_LANGUAGE = 'ansor-tc';

/** A record's first characters in all versions of the formats (the auto-scheduler's, AutoTVM's), keys in any order. */
const RECORD = /^\{"(?:v": ?"?v?0\.\d+"?, ?")?(?:i": ?\[(?:\["|"[a-z_]+[ "])|input": ?\["[a-z_]+[ "]|r": ?\[\[\d)/;
/** A line of ours that the original's reader skips. */
const REMARK = /^# ?\{"(?:session|task|trial|record)": ?\{/;
const LINES_LOOKED_AT = 20;

/** True if the beginning of a text (some thousand characters are enough) is that of a tuning log. */
export function looksLikeTuningLog(head: string): boolean {
  for (const line of head.split(/\r?\n/, LINES_LOOKED_AT)) {
    if (RECORD.test(line) || REMARK.test(line)) return true;
    if (line.trim() !== '' && !line.startsWith('#')) return false;
  }
  return false;
}
