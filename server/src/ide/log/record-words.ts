/** A record's result in a few words, for places where a line has little room. */
import type { MeasureErrorNo } from '../../records/record.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { threeDigits, timeText } from '../result-words.js';

export function shortError(error: MeasureErrorNo, { t }: PrintContext): string {
  switch (error) {
    case 0: return '';
    case 1: return t('illegal schedule', {});
    case 2: return t('compile error', {});
    case 3: return t('device error', {});
    case 4: return t('crash', {});
    case 5: return t('wrong result', {});
    case 6: return t('compile timeout', {});
    case 7: return t('run timeout', {});
    case 8: return t('unknown error', {});
  }
}

/** `1.7 ms · 158 GFLOP/s`, or what failed. */
export function shortResult(result: { readonly cost: number; readonly errorNo: MeasureErrorNo }, flops: number | undefined, ctx: PrintContext): string {
  if (result.errorNo !== 0) return `✗ ${shortError(result.errorNo, ctx)}`;
  const time = timeText(result.cost);
  return flops === undefined || !(result.cost > 0) ? time : `${time} · ${threeDigits(flops / result.cost / 1e9)} GFLOP/s`;
}
