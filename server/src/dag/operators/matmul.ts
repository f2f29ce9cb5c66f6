/** Matrix products (operator library: nn.dense, nn.batch_matmul). */
import { reduce } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, load } from '../../ir/expr.js';

/** x [M, K], weights [N, K] -> [M, N]. */
export function dense(x: Buffer, weights: Buffer): ComputeOp {
  const shape = [x.shape[0] ?? 1, weights.shape[0] ?? 1];
  return reduce('T_matmul_NT', shape, ['i0', 'i1'], { k: x.shape[1] ?? 1 }, 'add',
    ([i, j], [k]) => binary('mul', load(x, [i ?? int(0), k ?? int(0)]), load(weights, [j ?? int(0), k ?? int(0)])));
}

/** x [B, M, K], y [B, K, N] -> [B, M, N]; a batch of 1 is repeated. */
export function batchMatmul(x: Buffer, y: Buffer): ComputeOp {
  const batch = Math.max(x.shape[0] ?? 1, y.shape[0] ?? 1);
  const shape = [batch, x.shape[1] ?? 1, y.shape[2] ?? 1];
  return reduce('T_batch_matmul_NN', shape, ['b', 'i', 'j'], { k: x.shape[2] ?? 1 }, 'add',
    (at, [r]) => {
      const [b, i, j, k] = [at[0] ?? int(0), at[1] ?? int(0), at[2] ?? int(0), r ?? int(0)];
      const from = (buffer: Buffer) => (buffer.shape[0] === 1 && batch !== 1 ? int(0) : b);
      return binary('mul', load(x, [from(x), i, k]), load(y, [from(y), k, j]));
    });
}
