/** A tuning session's events as text for people, on standard error. */
import type { DoneEvent, ModelEvent, SessionEvent } from '../protocol/session-event.js';
import { oneLine } from '../session/problem.js';
import type { Streams } from './io.js';
import { formatTable, ms } from './table.js';

export function createProgressPrinter(io: Streams): (event: SessionEvent) => void {
  const names = new Map<string, string>();
  let open = false;
  const line = (text: string): void => {
    io.err(`${open ? '\n' : ''}${text}\n`);
    open = false;
  };
  return (event) => {
    switch (event.event) {
      case 'started':
        for (const t of event.tasks) names.set(t.key, t.name);
        line(`${event.tasks.length} tasks, ${event.trials} of ${event.planned} trials in ${event.log}, target ${event.target}`);
        return;
      case 'best':
        line(`  ${names.get(event.task) ?? event.task}: ${ms(event.ms)}, ${event.gflops.toFixed(1)} GFLOP/s (line ${event.line})`);
        return;
      case 'progress': {
        const eta = event.etaSeconds === null ? '' : `, about ${Math.ceil(event.etaSeconds)} s left`;
        const latency = event.latencyMs === null ? '' : `, ${ms(event.latencyMs)} estimated`;
        const text = `${event.trials}/${event.planned} trials, ${event.errors} failed, ${event.seconds.toFixed(0)} s${eta}${latency}`;
        if (io.terminal) {
          io.err(`\r\x1b[K${text}`);
          open = true;
        } else {
          line(text);
        }
        return;
      }
      case 'warning': line(`ansor: ${oneLine(event.message)}`); return;
      case 'stalled': line(event.message === null ? 'ansor: mended, going on' : `ansor: waiting: ${oneLine(event.message)}`); return;
      case 'done': line(summary(event)); return;
      case 'trial':
        if (event.confirms !== undefined) line(`  ${names.get(event.task) ?? event.task}: ${event.confirms} borrowed record${event.confirms === 1 ? '' : 's'} confirmed by one run${event.ms === null ? '' : ` (${ms(event.ms)})`}`);
        return;
      case 'model':
        line(`  ${names.get(event.task) ?? event.task}: ${modelWords(event)}`);
        return;
      case 'leaders':
        line(`  ${names.get(event.task) ?? event.task}: ${event.leaders.map((l) => `${ms(l.ms)} ± ${(l.spread * 100).toFixed(1)} % (line ${l.line})`).join(', ')} in ${event.turns} turns: ${event.clear ? 'the first is faster' : 'equal within what this machine can tell'}`);
        return;
      case 'error': case 'round':
    }
  };
}

function modelWords({ round, programs, rankCorrelation, recall: { top, share } }: ModelEvent): string {
  return `cost model in round ${round}: rank correlation ${rankCorrelation === null ? '-' : rankCorrelation.toFixed(2)}, ${Math.round(share * top)} of the fastest ${top} of ${programs} programs recognised`;
}

function summary(e: DoneEvent): string {
  const rows = e.tasks.map((t) => [t.name, String(t.weight), t.bestMs === null ? '-' : ms(t.bestMs), t.gflops === null ? '-' : t.gflops.toFixed(1)]);
  const l = e.latencyMs;
  const latency = [['naive', l.naive], ['before', l.before], ['now', l.after]].flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${ms(value)}`] : []));
  const t = e.time;
  return `${formatTable(['task', 'weight', 'best', 'GFLOP/s'], rows)}
${e.cancelled === true ? 'cancelled after ' : ''}${e.trials} trials, ${e.errors} failed, ${e.confirmingRuns === undefined ? '' : `${e.confirmingRuns} confirming runs, `}${e.seconds.toFixed(1)} s (search ${t.searchS.toFixed(1)}, building ${t.buildS.toFixed(1)}, running ${t.runS.toFixed(1)}, waiting for a model ${t.waitS.toFixed(1)}, other ${t.otherS.toFixed(1)}; beside them searching ${t.aheadS.toFixed(1)}, training ${t.trainS.toFixed(1)}); ${e.candidatesScored} programs scored${e.noise === undefined ? '' : `\ntimes vary by ${(e.noise.spread * 100).toFixed(1)} % (median), ${e.noise.disturbed} of ${e.noise.measured} programs were disturbed${e.noise.tooNoisy ? ': TOO NOISY to trust small differences' : ''}`}${e.inNetwork === undefined ? '' : `\n${inNetworkWords(e.inNetwork)}`}
latency: ${latency.join(', ') || 'unknown'}`;
}

/** Tasks whose best program alone is not the fastest in its place. */
function inNetworkWords({ byRules, byRecord }: NonNullable<DoneEvent['inNetwork']>): string {
  const parts = [...(byRecord === 0 ? [] : [`${byRecord} with the program of another record`]), ...(byRules === 0 ? [] : [`${byRules} with that of the default rules`])];
  return `in the network ${byRules + byRecord} task${byRules + byRecord === 1 ? ' is' : 's are'} faster with another program than alone: ${parts.join(', ')}`;
}
