/** `recordChoices`: the records of a record's task, for picking one to compare with. */
import { shortResult } from '../ide/log/record-words.js';
import type { RecordChoices } from '../protocol/record-choices.js';
import type { DeskContext } from './desk.js';
import { recordOf } from './log/record-of.js';
import { recordField, type Json } from './params.js';

const MOST = 1000;

export async function recordChoicesRequest(params: Json, context: DeskContext): Promise<RecordChoices> {
  const ref = recordField(params);
  const { head } = await recordOf(ref, context);
  const { lines, overview } = await context.logs.read(ref.uri);
  const own = lines.read(ref.line - 1);
  const task = own.kind === 'record' ? overview.taskOf(own.task) : undefined;
  const records = (task?.lines ?? []).flatMap((line) => {
    const read = lines.read(line);
    return read.kind === 'record' ? [{ line: line + 1, cost: read.cost, result: shortResult(read, head.flops ?? undefined, context.words) }] : [];
  });
  records.sort((a, b) => a.cost - b.cost || a.line - b.line);
  return { uri: ref.uri, task: head.task, best: head.bestLine, previousBest: head.previousBestLine, records: records.slice(0, MOST).map(({ line, result }) => ({ line, result })) };
}
