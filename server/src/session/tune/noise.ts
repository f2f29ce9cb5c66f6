/**
 * How sure the times of a session are. A program is run again while its sections differ; one that still differs after that was measured on a
 * disturbed machine. When that is so for many programs in a row, the machine is too noisy to measure on, and people are told.
 */
import type { NoiseSummary } from '../../protocol/session-event.js';

/** Slowest section over fastest, from which on a run counts as disturbed. */
export const NOISY = 1.25;
const WINDOW = 16;
const TOO_MANY = 0.5;

export class NoiseWatch {
  private readonly spreads: number[] = [];
  private disturbed = 0;
  private told = false;

  /** Takes a program's spread (slowest over fastest section of the run that counts, minus 1). Returns what people should be told, once. */
  add(spread: number): string | undefined {
    this.spreads.push(spread);
    if (1 + spread > NOISY) this.disturbed++;
    if (this.told || this.spreads.length < WINDOW) return undefined;
    const last = this.spreads.slice(-WINDOW);
    const bad = last.filter((s) => 1 + s > NOISY).length;
    if (bad < WINDOW * TOO_MANY) return undefined;
    this.told = true;
    return `this machine is too noisy to measure on: ${bad} of the last ${WINDOW} programs still varied by more than ${Math.round((NOISY - 1) * 100)} % after they were run again; close other programs, or use fewer --threads`;
  }

  summary(): NoiseSummary | undefined {
    const sorted = [...this.spreads].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return median === undefined ? undefined : { spread: Number(median.toPrecision(3)), disturbed: this.disturbed, measured: sorted.length, tooNoisy: this.told };
  }
}
