/** The mutations of a target with the original's weights (spec sketch-rules, section 7). */
import type { SketchContext } from '../../sketch/context.js';
import { autoUnroll } from './auto-unroll.js';
import { computeLocation } from './compute-location.js';
import type { Mutation } from './mutation.js';
import { parallel } from './parallel.js';
import { tileSize } from './tile-size.js';

const CPU: readonly Mutation[] = [tileSize(0.9), autoUnroll(0.04), computeLocation(0.05), parallel(0.01)];
const GPU: readonly Mutation[] = [tileSize(0.9), autoUnroll(0.1)];

export function mutationsFor(ctx: SketchContext): readonly Mutation[] {
  return ctx.gpu ? GPU : CPU;
}
