/** The 164 columns' names, as the original's feature tables have them. */
import { CURVE_POINTS, SLOT_COUNT } from './layout.js';

const OPS = ['mad', 'addsub', 'mul', 'divmod', 'cmp', 'mathfunc', 'otherfunc'];
const POSITIONS = ['None', 'InnerSpatial', 'MiddleSpatial', 'OuterSpatial', 'InnerReduce', 'MiddleReduce', 'OuterReduce', 'Mixed'];
const SLOT_FIELDS = [
  'acc_type.kRead', 'acc_type.kWrite', 'acc_type.kReadWrite', 'bytes', 'unique_bytes', 'lines', 'unique_lines',
  'reuse_type.kLoopMultipleRead', 'reuse_type.kSerialMultipleReadWrite', 'reuse_type.kNoReuse',
  'reuse_dis_iter', 'reuse_dis_bytes', 'reuse_ct', 'bytes_d_reuse_ct', 'unique_bytes_d_reuse_ct', 'lines_d_reuse_ct', 'unique_lines_d_reuse_ct', 'stride',
];

function annotationGroup(kind: string): string[] {
  return [`${kind}_num`, `${kind}_prod`, `${kind}_len`, ...POSITIONS.map((position) => `${kind}_type.kPos${position}`)];
}

export const FEATURE_NAMES: readonly string[] = Object.freeze([
  ...OPS.map((op) => `float_${op}`), ...OPS.map((op) => `int_${op}`), 'bool_op', 'select_op',
  ...annotationGroup('vec'), ...annotationGroup('unroll'), ...annotationGroup('parallel'),
  'is_gpu', ...['blockIdx', 'threadIdx'].flatMap((tag) => ['x', 'y', 'z'].map((axis) => `${tag}_${axis}_len`)), 'vthread_len',
  ...Array.from({ length: SLOT_COUNT }, (_, slot) => SLOT_FIELDS.map((field) => `B${slot}.${field}`)).flat(),
  ...Array.from({ length: CURVE_POINTS }, (_, point) => `arith_intensity_curve_${point}`),
  'alloc_size', 'alloc_prod', 'alloc_outer_prod', 'alloc_inner_prod', 'outer_prod', 'num_loops', 'auto_unroll_max_step',
]);
