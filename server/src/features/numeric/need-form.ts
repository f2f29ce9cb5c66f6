/**
 * Which part of a tensor's dimension its one reader needs, as arithmetic on sums of loops: what bound inference finds (bounds/analyse.ts)
 * where one index of known form reads it.
 */
import type { Reader } from '../../bounds/analyse.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import { formOf, type Form } from './index-form.js';
import type { RootValue } from './root-values.js';
import type { Scratch } from './scratch.js';
import type { TermSum } from './term-sum.js';

export class NeedForm {
  private constructor(
    private readonly form: Form,
    /** By place: the loop runs while the stage is computed once. */
    private readonly running: Uint8Array,
    /** Elements of the dimension. */
    private readonly size: number,
  ) {}

  /** Undefined where inference has more to look at. `base`: where the reader's variables begin among `places`. */
  static of(stage: StageSchedule, readers: readonly Reader[], d: number, roots: readonly RootValue[], base: number, places: number, scratch: Scratch): NeedForm | undefined {
    const [reader, another] = readers;
    const access = reader?.accesses[0];
    const index = access?.indices[d];
    const size = stage.op.output.shape[d];
    if (reader === undefined || another !== undefined || index === undefined || size === undefined || reader.accesses.length > 1) return undefined;
    const { leaves, attachStage, compute } = reader.stage;
    const at = stage.attachVar === undefined ? -1 : leaves.indexOf(stage.attachVar);
    if (at < 0 && (stage.attachVar !== undefined || attachStage !== undefined)) return undefined;
    const form = formOf(index, compute, roots, undefined, scratch);
    if (form === undefined) return undefined;
    const running = new Uint8Array(places);
    for (const leaf of leaves.slice(at + 1)) running[base + leaf.slot] = 1;
    return new NeedForm(form, running, size);
  }

  /** The beginning into `out`; the answer is the extent, or 0 for what is no sum. `unknown`: places of loops without a known range. */
  evaluate(extents: Float64Array, unknown: Uint8Array, out: TermSum): number {
    const reach = region(this.form, this.running, extents, out);
    if (reach < 0 || !out.valid) return 0;
    for (let i = 0; i < out.count; i++) if (unknown[out.base[i]!] === 1 && out.mod[i] === Infinity) return reach + 1;
    const isWhole = reach > 0 && out.greatest(extents) <= 0 && out.least(extents) + reach >= this.size - 1;
    const isOnly = reach === 0 && this.size === 1 && out.count > 0 && out.greatest(extents) <= 0 && out.least(extents) >= 0;
    if (!isWhole && !isOnly) return reach + 1;
    out.set(0);
    return isWhole ? this.size : 1;
  }
}

function region(form: Form, running: Uint8Array, extents: Float64Array, out: TermSum): number {
  switch (form.kind) {
    case 'constant':
      out.set(form.value);
      return 0;
    case 'axis': return form.root.region(running, extents, out);
    case 'inlined': return -1;
    case 'sum': {
      const a = region(form.a, running, extents, out);
      const b = region(form.b, running, extents, form.rest);
      if (a < 0 || b < 0 || (form.sign < 0 && b > 0)) return -1;
      out.add(form.rest, form.sign);
      return a + b;
    }
    case 'product': {
      const a = region(form.a, running, extents, out);
      out.scale(form.factor);
      return a < 0 ? a : a * form.factor;
    }
  }
}
