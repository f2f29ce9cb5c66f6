/** What the parts of kernel building share while one kernel is built. */
import type { ZeroGrids } from '../../dag/zero-grid.js';
import type { KernelStmt, VectorUnit } from './ir.js';
import type { IndexSpace } from './linear.js';
import type { Loop } from './nest.js';
import { RegisterFile } from './registers.js';
import type { Storage } from './storage.js';

export class BuildContext {
  readonly registers = new RegisterFile();

  /** `unit` undefined: plain scalar code. `zeros`: as in the program. */
  constructor(readonly space: IndexSpace, readonly storage: Storage, readonly unit: VectorUnit | undefined, readonly zeros: ZeroGrids) {}

  /** `body` inside the loops, outermost first. */
  wrap(loops: readonly Loop[], body: readonly KernelStmt[]): KernelStmt[] {
    return loops.reduceRight<KernelStmt[]>((inner, l) => [{ kind: 'for', var: l.var, extent: l.extent, body: inner }], body.slice());
  }
}
