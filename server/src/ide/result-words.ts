/** A measurement's result in words. */
import type { PrintContext } from '../schedule/steps/definition.js';
import { meanCost } from '../records/best.js';
import type { MeasureErrorNo, MeasureResult } from '../records/record.js';

/** Three digits, without an exponent for common sizes. */
export function threeDigits(x: number): string {
  return String(Number(x.toPrecision(3)));
}

/** Seconds as `0.561 ms` or `12.3 µs`. */
export function timeText(seconds: number): string {
  return seconds < 1e-5 ? `${threeDigits(seconds * 1e6)} µs` : `${threeDigits(seconds * 1e3)} ms`;
}

function errorWords(error: MeasureErrorNo, { t }: PrintContext): string {
  switch (error) {
    case 0: return t('no error', {});
    case 1: return t('the schedule could not be applied', {});
    case 2: return t('the generated code did not compile', {});
    case 3: return t('the device did not accept the program', {});
    case 4: return t('the program crashed while it ran', {});
    case 5: return t('the program computed a wrong result', {});
    case 6: return t('compiling took too long', {});
    case 7: return t('running took too long', {});
    case 8: return t('an unknown error happened', {});
  }
}

/** E.g. `0.561 ms · 478 GFLOP/s · 3 runs, spread 2.1 %`. `flops` 0 or undefined: not known. */
export function resultWords(result: MeasureResult, flops: number | undefined, ctx: PrintContext): string {
  if (result.errorNo !== 0) return ctx.t('Failed: {reason} (error {number})', { reason: errorWords(result.errorNo, ctx), number: result.errorNo });
  const mean = meanCost(result);
  const parts = [timeText(mean)];
  if (flops) parts.push(`${threeDigits(flops / mean / 1e9)} GFLOP/s`);
  if (result.costs.length > 1) {
    const spread = (100 * (Math.max(...result.costs) - Math.min(...result.costs))) / mean;
    parts.push(ctx.t('{count} runs, spread {percent} %', { count: result.costs.length, percent: threeDigits(spread) }));
  }
  return parts.join(' · ');
}
