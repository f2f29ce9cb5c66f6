/**
 * How a network's latency falls while it is tuned, from its log: the sum over tasks of weight x best so far, once every task has a record. Of a task and
 * its siblings (`of`: key of the task for which one is another algorithm) the one counts that the network uses by the log's last note, which was measured in
 * its place; without a note the fastest alone.
 */
export interface CurveTask { readonly key: string; readonly weight: number; readonly of?: string }
/** `seconds` since the first record's time stamp (whole seconds: that is what records keep); `ms`: the sum. */
export interface CurvePoint { readonly trial: number; readonly seconds: number; readonly ms: number }

interface NetworkLine { readonly network: { readonly tasks: readonly { readonly key: string }[] } }
interface RecordLine { readonly i: readonly [readonly [string, ...unknown[]], ...unknown[]]; readonly r: readonly [readonly number[], number, number, number] }

/** By key of a task: the algorithm that the network uses. */
function algorithmsUsed(lines: readonly string[], leaders: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const notes = lines.filter((line) => line.startsWith('# {"network":'));
  const note = notes.length === 0 ? undefined : JSON.parse((notes.at(-1) ?? '').slice(2)) as NetworkLine;
  return new Map(note?.network.tasks.flatMap(({ key }) => (leaders.has(key) ? [[leaders.get(key) ?? key, key]] : [])));
}

export function latencyCurve(logText: string, tasks: readonly CurveTask[]): CurvePoint[] {
  const best = new Map<string, number>();
  const points: CurvePoint[] = [];
  const leaders = new Map(tasks.map((task) => [task.key, task.of ?? task.key]));
  const weights = tasks.filter((task) => task.of === undefined);
  const lines = logText.split('\n');
  const used = algorithmsUsed(lines, leaders);
  let trial = 0;
  let begin: number | undefined;
  for (const line of lines) {
    if (!line.startsWith('{')) continue;
    const { i: [[key]], r: [times, error, , stamp] } = JSON.parse(line) as RecordLine;
    const leader = leaders.get(key);
    if (leader === undefined) continue;
    begin ??= stamp;
    trial++;
    const ms = (times.reduce((sum, t) => sum + t, 0) / Math.max(1, times.length)) * 1000;
    if (error !== 0 || (used.get(leader) ?? key) !== key || ms >= (best.get(leader) ?? Infinity)) continue;
    best.set(leader, ms);
    if (weights.every((task) => best.has(task.key))) points.push({ trial, seconds: stamp - begin, ms: weights.reduce((sum, task) => sum + task.weight * (best.get(task.key) ?? 0), 0) });
  }
  return points;
}

/** The first point with at least `share` of the final speed. */
export function reaching(points: readonly CurvePoint[], share: number): CurvePoint | undefined {
  const last = points.at(-1);
  return last === undefined ? undefined : points.find(({ ms }) => ms * share <= last.ms);
}
