/** The operators of the steps' examples, in `.tc` notation. */
export const MATMUL = 'def matmul(float(512, 512) A, float(512, 512) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n}\n';

export const MATMUL_RELU =
  'def matmul_relu(float(512, 512) A, float(512, 512) B) -> (D) {\n  C(i, j) +=! A(i, k) * B(k, j)\n  D(i, j) = fmax(C(i, j), 0)\n}\n';

export const ROW_SUM = 'def row_sum(float(8, 4096) A) -> (S) {\n  S(i) +=! A(i, k)\n}\n';

export const SCALE_RELU = 'def scale_relu(float(512, 512) A) -> (C) {\n  B(i, j) = A(i, j) * 2\n  C(i, j) = fmax(B(i, j), 0)\n}\n';
