/** The per-store features of programs: one walk over the un-flattened loop nest. One extractor is reused for many programs. */
import { dtypeBytes } from '../ir/dtype.js';
import type { HardwareParams } from '../hardware/params.js';
import type { LoopKind, Program, Stmt } from '../ir/program.js';
import { BufferIds } from './buffer-ids.js';
import { withinGpuLimits } from './gpu-limits.js';
import { PARALLEL_LOOP, PLAIN, UNROLL, VECTORIZE, type LoopClass } from './loop-nest.js';
import { FeatureRows } from './rows.js';
import { StoreAccesses } from './store-accesses.js';

export const LOOP_CLASSES: Readonly<Record<LoopKind, LoopClass>> = { serial: PLAIN, vectorize: VECTORIZE, unroll: UNROLL, parallel: PARALLEL_LOOP };
const NO_FEATURES = 0;

export class FeatureExtractor {
  private readonly rows = new FeatureRows();
  private readonly ids = new BufferIds();
  private readonly accesses = new StoreAccesses(this.rows.nest, this.ids);

  /**
   * The program's rows, one after the other (rows x 164 numbers), the buffer written last first. Empty when a GPU's limits are
   * broken: such a program cannot be built.
   */
  extract(program: Program, hardware: HardwareParams): Float32Array {
    if (!withinGpuLimits(program, hardware)) return new Float32Array(NO_FEATURES);
    this.rows.reset(hardware);
    this.ids.reset();
    this.walk(program.body);
    return this.rows.transformed();
  }

  /** As `FeatureRows.level` of the last program. */
  get level(): boolean {
    return this.rows.level;
  }

  private walk(s: Stmt): void {
    const { rows } = this;
    switch (s.kind) {
      case 'for':
        rows.enterLoop(s.var, s.extent, LOOP_CLASSES[s.loop]);
        this.walk(s.body);
        return rows.leaveLoop();
      case 'thread': return rows.inThread(s.var, s.extent, s.tag, () => { this.walk(s.body); });
      case 'realize': {
        this.walk(s.body);
        let elements = 1;
        for (const range of s.region) elements *= range.extent;
        return rows.realized(this.ids.of(s.buffer), elements, dtypeBytes(s.buffer.dtype));
      }
      case 'store':
        this.accesses.read(s);
        return rows.stored(this.accesses);
      case 'if': return this.walk(s.body);
      case 'seq':
        for (const part of s.stmts) this.walk(part);
        return;
      case 'pragma': {
        const outer = rows.autoUnrollMaxStep;
        rows.autoUnrollMaxStep = s.autoUnrollMaxStep;
        this.walk(s.body);
        rows.autoUnrollMaxStep = outer;
        return;
      }
      case 'allreduce': return;
    }
  }
}
