/**
 * The limits of a GPU that a program must keep before it can be built: shared memory, threads and vector size per block and
 * loop, virtual threads (TVM's VerifyGPUCode, and what the passes before it change).
 */
import type { HardwareParams } from '../hardware/params.js';
import { ifThenElseOf } from '../ir/choice.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { Expr, Var } from '../ir/expr.js';
import type { For, Program, Stmt, ThreadTag } from '../ir/program.js';
import { operands } from '../ir/walk.js';

/** Virtual threads below this many are unrolled before the check. */
const UNROLLED_VTHREADS = 16;

interface Kernel { sharedBytes: number; threads: number; readonly seen: Map<ThreadTag, number> }

/** Always true for hardware without a limit of threads per block: a CPU. */
export function withinGpuLimits(program: Program, hardware: HardwareParams): boolean {
  return hardware.maxThreadsPerBlock <= 0 || keepsLimits(program.body, hardware, undefined);
}

function keepsLimits(s: Stmt, limits: HardwareParams, kernel: Kernel | undefined): boolean {
  switch (s.kind) {
    case 'seq': return s.stmts.every((part) => keepsLimits(part, limits, kernel));
    case 'if': case 'pragma': return keepsLimits(s.body, limits, kernel);
    case 'store': case 'allreduce': return true;
    case 'realize': {
      if (s.scope === 'shared' && kernel !== undefined) {
        kernel.sharedBytes += s.region.reduce((n, range) => n * range.extent, dtypeBytes(s.buffer.dtype));
        if (kernel.sharedBytes > limits.maxSharedMemoryPerBlock) return false;
      }
      return keepsLimits(s.body, limits, kernel);
    }
    case 'thread': {
      if (s.tag === 'vthread') {
        return (s.extent < UNROLLED_VTHREADS || s.extent <= limits.maxVthreadExtent) && keepsLimits(s.body, limits, kernel);
      }
      const block = kernel ?? { sharedBytes: 0, threads: 1, seen: new Map() };
      if (s.tag.startsWith('threadIdx')) {
        const extent = block.seen.get(s.tag);
        if (extent === undefined) {
          block.seen.set(s.tag, s.extent);
          block.threads *= s.extent;
          if (block.threads > limits.maxThreadsPerBlock) return false;
        } else if (extent !== s.extent) return false;
      }
      return keepsLimits(s.body, limits, block);
    }
    case 'for': return (s.loop !== 'vectorize' || vectorFits(s, limits.vectorUnitBytes)) && keepsLimits(s.body, limits, kernel);
  }
}

/** A vectorized loop whose variable a condition depends on is turned into a serial one. */
function vectorFits(s: For, limit: number): boolean {
  return s.extent * widestAccess(s.body, s.var) <= limit || conditionUses(s.body, s.var);
}

/** Bytes of the largest element that the statement stores or loads at indices with `v`. */
function widestAccess(s: Stmt, v: Var): number {
  switch (s.kind) {
    case 'seq': return s.stmts.reduce((widest, part) => Math.max(widest, widestAccess(part, v)), 0);
    case 'store': return Math.max(s.indices.some((index) => uses(index, v)) ? dtypeBytes(s.buffer.dtype) : 0, widestLoad(s.value, v));
    case 'allreduce': return 0;
    default: return widestAccess(s.body, v);
  }
}

function widestLoad(e: Expr, v: Var): number {
  const inside = operands(e).reduce((widest, child) => Math.max(widest, widestLoad(child, v)), 0);
  return e.kind === 'load' && e.indices.some((index) => uses(index, v)) ? Math.max(inside, dtypeBytes(e.buffer.dtype)) : inside;
}

function conditionUses(s: Stmt, v: Var): boolean {
  switch (s.kind) {
    case 'seq': return s.stmts.some((part) => conditionUses(part, v));
    case 'if': return uses(s.cond, v) || conditionUses(s.body, v);
    case 'store': return choiceUses(s.value, v);
    case 'allreduce': return false;
    default: return conditionUses(s.body, v);
  }
}

function choiceUses(e: Expr, v: Var): boolean {
  const choice = ifThenElseOf(e);
  if (choice !== undefined && uses(choice.cond, v)) return true;
  return operands(e).some((child) => choiceUses(child, v));
}

function uses(e: Expr, v: Var): boolean {
  return e === v || operands(e).some((child) => uses(child, v));
}
