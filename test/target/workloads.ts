/** Small operators for tests of code generation, as `.tc` texts: every way to read, reduce and branch that models have, odd extents included. */
import { winogradSiblings } from '../../server/src/dag/algorithms/winograd.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';

export interface Workload {
  readonly name: string;
  readonly dag: ComputeDag;
  /** Not for WebAssembly: an element type or function that it does not have yet. */
  readonly onlyC: boolean;
}

const TEXTS = `
def matmul(float(13, 24) A, const float(24, 32) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }

def matmul_bias_relu(float(16, 20) A, const float(20, 48) B, float(48) bias) -> (R) {
  C(i, j) +=! A(i, k) * B(k, j)
  D(i, j) = C(i, j) + bias(j)
  R(i, j) = fmax(D(i, j), 0)
}

def sums_mirrored(float(6, 20) A, const float(20, 32) B) -> (R) {
  C(i, j) +=! A(i, k) * B(k, j)
  R(i, j) = C(i, j) * 0.5 + C(i, 31 - j)
}

def sums_turned(float(12, 20) A, const float(20, 16) B) -> (R) {
  C(i, j) +=! A(i, k) * B(k, j)
  R(j, i) = C(i, j) * 0.5 + 1.0
}

def residual_block(float(1, 5, 9, 24) data, const float(24, 40) kernel, const float(40) bias, float(1, 5, 9, 40) shortcut) -> (out) {
  conv(n, h, w, f) +=! data(n, h, w, rc) * kernel(rc, f)
  out(n, h, w, f) = fmax(conv(n, h, w, f) + bias(f) + shortcut(n, h, w, f), 0)
}

def dense(float(3, 1000) A, const float(7, 1000) W, float(7) bias) -> (D) {
  C(i, j) +=! A(i, k) * W(j, k)
  D(i, j) = C(i, j) + bias(j)
}

def uneven_matmul(float(2, 13, 9) A, float(2, 9, 29) B) -> (C) { C(b, i, j) +=! A(b, i, k) * B(b, k, j) }

def uneven_dense(float(17, 40) A, const float(19, 40) W, const float(19) bias, float(17, 19) x) -> (O) {
  C(i, j) +=! A(i, k) * W(j, k)
  D(i, j) = C(i, j) + bias(j)
  O(i, j) = fmax(D(i, j) + x(i, j), 0)
}

def gelu(float(11, 24) A, const float(40, 24) W, const float(40) bias) -> (O) {
  C(i, j) +=! A(i, k) * W(j, k)
  D(i, j) = C(i, j) + bias(j)
  E(i, j) = erf(D(i, j) / 1.41421354)
  F(i, j) = D(i, j) * (E(i, j) + 1)
  O(i, j) = F(i, j) * 0.5
}

def global_pool(float(1, 5, 6, 48) X) -> (avg) {
  sum(n, h, w, c) +=! X(n, h * 5 + rh, w * 6 + rw, c) where n in 0:1, h in 0:1, w in 0:1, c in 0:48, rh in 0:5, rw in 0:6
  avg(n, h, w, c) = sum(n, h, w, c) / 30
}

def channel_sums(float(9, 40) X) -> (s) { s(c) +=! X(r, c) }

def batch_matmul(float(3, 8, 12) A, float(3, 16, 12) B) -> (C) { C(b, i, j) +=! A(b, i, k) * B(b, j, k) }

def packed_matmul(float(12, 512) A, float(512, 32) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }

def scores(float(2, 16, 3, 8) query, float(2, 24, 3, 8) value) -> (out) {
  query_T(b, h, l, d) = query(b, l, h, d)
  value_T(b, h, d, l) = value(b, l, h, d)
  out(b, h, i, j) +=! query_T(b, h, i, k) * value_T(b, h, k, j)
}

def transposed_to_3(float(1, 5, 6, 16) data, const float(2, 2, 2, 2, 16, 3) kernel) -> (out) {
  pad(n, h, w, c) = (h >= 1 && h < 6 && w >= 1 && w < 7) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:7, w in 0:8, c in 0:16
  out(n, y, a, x, b, co) +=! pad(n, y + a + u, x + b + v, rc) * kernel(a, b, u, v, rc, co) where n in 0:1, y in 0:5, a in 0:2, x in 0:6, b in 0:2, co in 0:3, u in 0:2, v in 0:2, rc in 0:16
}

def deep_conv(float(1, 6, 6, 64) data, const float(3, 3, 64, 16) kernel) -> (conv) {
  conv(n, h, w, co) +=! data(n, h + rh, w + rw, rc) * kernel(rh, rw, rc, co) where n in 0:1, h in 0:4, w in 0:4, co in 0:16
}

def long_sum(float(3, 300, 250) A) -> (S) { S(b) +=! A(b, i, j) * A(b, i, j) }

def conv(float(1, 7, 7, 5) data, const float(3, 3, 5, 16) kernel, float(16) bias) -> (out) {
  pad(n, h, w, c) = (h >= 1 && h < 8 && w >= 1 && w < 8) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:9, w in 0:9, c in 0:5
  conv(n, h, w, co) +=! pad(n, h + rh, w + rw, rc) * kernel(rh, rw, rc, co)
  add(n, h, w, co) = conv(n, h, w, co) + bias(co)
  out(n, h, w, co) = fmax(add(n, h, w, co), 0)
}

def conv_strided(float(1, 13, 13, 4) data, const float(3, 3, 4, 8) kernel) -> (conv) {
  pad(n, h, w, c) = (h >= 1 && h < 14 && w >= 1 && w < 14) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:15, w in 0:15, c in 0:4
  conv(n, h, w, co) +=! pad(n, h * 2 + rh, w * 2 + rw, rc) * kernel(rh, rw, rc, co) where n in 0:1, h in 0:7, w in 0:7, co in 0:8
}

def spread_4x4_by_2(float(1, 4, 6, 8) data, const float(4, 4, 8, 16) kernel) -> (out) {
  spread(n, h, w, c) = (h % 2 == 0 && w % 2 == 0) ? data(n, h / 2, w / 2, c) : 0 where n in 0:1, h in 0:7, w in 0:11, c in 0:8
  pad(n, h, w, c) = (h >= 2 && h < 9 && w >= 2 && w < 13) ? spread(n, h - 2, w - 2, c) : 0 where n in 0:1, h in 0:11, w in 0:15, c in 0:8
  conv(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:8, x in 0:12, f in 0:16, ry in 0:4, rx in 0:4, rc in 0:8
  out(n, y, x, f) = tanh(conv(n, y, x, f))
}

def spread_3x3_by_2_odd(float(1, 5, 4, 6) data, const float(3, 3, 6, 8) kernel) -> (out) {
  spread(n, h, w, c) = (h % 2 == 0 && w % 2 == 0) ? data(n, h / 2, w / 2, c) : 0 where n in 0:1, h in 0:9, w in 0:7, c in 0:6
  pad(n, h, w, c) = (h >= 1 && h < 10 && w >= 1 && w < 8) ? spread(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:11, w in 0:9, c in 0:6
  out(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:9, x in 0:7, f in 0:8, ry in 0:3, rx in 0:3, rc in 0:6
}

def spread_5x4_by_3_and_2(float(1, 3, 5, 4) data, const float(5, 4, 4, 12) kernel) -> (out) {
  spread(n, h, w, c) = (h % 3 == 0 && w % 2 == 0) ? data(n, h / 3, w / 2, c) : 0 where n in 0:1, h in 0:7, w in 0:9, c in 0:4
  pad(n, h, w, c) = (h >= 3 && h < 10 && w >= 2 && w < 11) ? spread(n, h - 3, w - 2, c) : 0 where n in 0:1, h in 0:13, w in 0:13, c in 0:4
  out(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:9, x in 0:10, f in 0:12, ry in 0:5, rx in 0:4, rc in 0:4
}

def spread_fewer_taps_than_steps(float(1, 4, 3, 5) data, const float(1, 2, 5, 8) kernel) -> (out) {
  spread(n, h, w, c) = (h % 2 == 0 && w % 3 == 0) ? data(n, h / 2, w / 3, c) : 0 where n in 0:1, h in 0:7, w in 0:7, c in 0:5
  pad(n, h, w, c) = (h >= 0 && h < 7 && w >= 0 && w < 7) ? spread(n, h - 0, w - 0, c) : 0 where n in 0:1, h in 0:7, w in 0:9, c in 0:5
  out(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:7, x in 0:8, f in 0:8, ry in 0:1, rx in 0:2, rc in 0:5
}

def spread_to_3_channels(float(1, 5, 4, 16) data, const float(4, 4, 16, 3) kernel) -> (out) {
  spread(n, h, w, c) = (h % 2 == 0 && w % 2 == 0) ? data(n, h / 2, w / 2, c) : 0 where n in 0:1, h in 0:9, w in 0:7, c in 0:16
  pad(n, h, w, c) = (h >= 2 && h < 11 && w >= 2 && w < 9) ? spread(n, h - 2, w - 2, c) : 0 where n in 0:1, h in 0:13, w in 0:11, c in 0:16
  conv(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:10, x in 0:8, f in 0:3, ry in 0:4, rx in 0:4, rc in 0:16
  out(n, y, x, f) = tanh(conv(n, y, x, f))
}

def spread_one_way(float(1, 3, 6, 4) data, const float(3, 3, 4, 8) kernel) -> (out) {
  spread(n, h, w, c) = (w % 2 == 0) ? data(n, h / 1, w / 2, c) : 0 where n in 0:1, h in 0:3, w in 0:11, c in 0:4
  pad(n, h, w, c) = (h >= 2 && h < 5 && w >= 1 && w < 12) ? spread(n, h - 2, w - 1, c) : 0 where n in 0:1, h in 0:7, w in 0:13, c in 0:4
  out(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:5, x in 0:11, f in 0:8, ry in 0:3, rx in 0:3, rc in 0:4
}

def grouped_34(float(1, 6, 5, 102) data, const float(34, 102) kernel, float(102) bias) -> (out) {
  conv(n, h, w, f) +=! data(n, h, w, (f / 34) * 34 + rc) * kernel(rc, f) where n in 0:1, h in 0:6, w in 0:5, f in 0:102, rc in 0:34
  out(n, h, w, f) = fmax(conv(n, h, w, f) + bias(f), 0)
}

def spread_inline(float(1, 9, 8) data, const float(4, 8, 8) kernel) -> (out) {
  out(n, x, f) +=! ((x + r >= 2 && x + r < 19 && (x + r - 2) % 2 == 0) ? data(n, (x + r - 2) / 2, rc) : 0) * kernel(r, rc, f) where n in 0:1, x in 0:18, f in 0:8, r in 0:4, rc in 0:8
}

def depthwise(float(1, 9, 9, 16) data, const float(3, 3, 16) kernel) -> (out) {
  pad(n, h, w, c) = (h >= 1 && h < 10 && w >= 1 && w < 10) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:11, w in 0:11, c in 0:16
  conv(n, h, w, c) +=! pad(n, h + rh, w + rw, c) * kernel(rh, rw, c)
  out(n, h, w, c) = fmin(fmax(conv(n, h, w, c), 0), 6)
}

def depthwise_row(float(1, 6, 30, 32) data, const float(3, 3, 32) kernel, const float(32) bias) -> (out) {
  pad(n, h, w, c) = (h >= 1 && h < 7 && w >= 1 && w < 31) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:8, w in 0:32, c in 0:32
  conv(n, h, w, c) +=! pad(n, h + rh, w + rw, c) * kernel(rh, rw, c)
  out(n, h, w, c) = fmin(fmax(conv(n, h, w, c) + bias(c), 0), 6)
}

def depthwise_by_2(float(2, 13, 33, 24) data, const float(5, 5, 24) kernel) -> (conv) {
  pad(n, h, w, c) = (h >= 1 && h < 14 && w >= 2 && w < 35) ? data(n, h - 1, w - 2, c) : 0 where n in 0:2, h in 0:16, w in 0:37, c in 0:24
  conv(n, h, w, c) +=! pad(n, h * 2 + rh, w * 2 + rw, c) * kernel(rh, rw, c) where n in 0:2, h in 0:6, w in 0:17, rh in 0:5, rw in 0:5
}

def depthwise_dilated(float(1, 9, 28, 20) data, const float(3, 3, 20) kernel) -> (conv) {
  pad(n, h, w, c) = (h >= 3 && h < 12 && w >= 4 && w < 32) ? data(n, h - 3, w - 4, c) : 0 where n in 0:1, h in 0:15, w in 0:36, c in 0:20
  conv(n, h, w, c) +=! pad(n, h + rh * 3, w + rw * 4, c) * kernel(rh, rw, c) where n in 0:1, h in 0:9, w in 0:28, rh in 0:3, rw in 0:3
}

def depthwise_in_much_padding(float(1, 3, 4, 16) data, const float(3, 3, 16) kernel) -> (conv) {
  pad(n, h, w, c) = (h >= 6 && h < 9 && w >= 11 && w < 15) ? data(n, h - 6, w - 11, c) : 0 where n in 0:1, h in 0:14, w in 0:30, c in 0:16
  conv(n, h, w, c) +=! pad(n, h + rh, w + rw, c) * kernel(rh, rw, c)
}

def pad_of_3_channels(float(1, 6, 21, 3) data, const float(3, 5, 3, 16) kernel) -> (conv) {
  pad(n, h, w, c) = (h >= 1 && h < 7 && w >= 2 && w < 23) ? data(n, h - 1, w - 2, c) : 0 where n in 0:1, h in 0:8, w in 0:25, c in 0:3
  conv(n, h, w, f) +=! pad(n, h * 2 + rh, w * 2 + rw, rc) * kernel(rh, rw, rc, f) where n in 0:1, h in 0:3, w in 0:11, f in 0:16, rh in 0:3, rw in 0:5, rc in 0:3
}

def joined_rows(float(4, 9) A, float(4, 14) B, float(4, 5) C) -> (D) {
  D(i, j) = j < 9 ? A(i, j) : (j < 23 ? B(i, j - 9) * 2 : C(i, j - 23)) where i in 0:4, j in 0:28
}

def reversed_edge(float(30) A) -> (B) { B(i) = (5 - i > 2 || i > 20) ? A(29 - i) : (3 * i <= 31 ? A(i) : 1.0) where i in 0:30 }

def swish_pad(float(1, 6, 6, 8) data, const float(3, 3, 8, 8) kernel) -> (conv) {
  s(n, h, w, c) = data(n, h, w, c) * sigmoid(data(n, h, w, c))
  pad(n, h, w, c) = (h >= 1 && h < 7 && w >= 1 && w < 7) ? s(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:8, w in 0:8, c in 0:8
  conv(n, h, w, co) +=! pad(n, h + rh, w + rw, rc) * kernel(rh, rw, rc, co)
}

def max_pool(float(1, 12, 12, 8) data) -> (pool) {
  pad(n, h, w, c) = (h >= 1 && h < 13 && w >= 1 && w < 13) ? data(n, h - 1, w - 1, c) : -340282346638528859811704183484516925440.0 where n in 0:1, h in 0:14, w in 0:14, c in 0:8
  pool(n, h, w, c) max=! pad(n, h * 2 + rh, w * 2 + rw, c) where n in 0:1, h in 0:6, w in 0:6, c in 0:8, rh in 0:3, rw in 0:3
}

def mean_pool(float(1, 7, 7, 10) data) -> (mean) {
  sum(n, c) +=! data(n, h, w, c)
  mean(n, c) = sum(n, c) * 0.0204081632653
}

def softmax(float(5, 40) A) -> (norm) {
  maxelem(i) max=! A(i, k)
  e(i, j) = exp(A(i, j) - maxelem(i))
  sum(i) +=! e(i, k)
  norm(i, j) = e(i, j) / sum(i)
}

def broadcast(float(6, 9) A, float(9) b, float(6, 1) c) -> (D) { D(i, j) = (A(i, j) + b(j)) * c(i, 0) - sqrt(fabs(A(i, j))) }

def transposed(float(12, 16) A) -> (B) { B(i, j) = A(j, i) }

def permuted(float(3, 8, 5) A) -> (B) { B(k, i, j) = A(i, j, k) * 2.0 }

def product(float(6, 13) A) -> (P) { P(i) *=! A(i, k) + 1.0 }

def minimum(float(13, 24) A) -> (M) { M(j) min=! A(k, j) }

def norm(float(11, 17) A) -> (D) {
  C(z) +=! A(i, j) * A(i, j) where z in 0:1
  D(z) = sqrt(C(z))
}

def ones(float(1, 1) A, float(1, 1) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }

def tiles(float(4, 12) A) -> (O) {
  P(p, y, x) = A(y, (p % 6) * 2 + x) where p in 0:6, y in 0:4, x in 0:2
  S(p, y) +=! P(p, y, r)
  O(i, j) = S((i / 2 + j) % 6, (i % 2) * 2 + j / 3) where i in 0:8, j in 0:6
}

def two_matmuls(float(8, 6) A, const float(6, 16) B, const float(16, 8) C) -> (E) {
  D(i, j) +=! A(i, k) * B(k, j)
  E(i, j) +=! D(i, k) * C(k, j)
}

def negative_division(float(10) A) -> (B) { B(i, j) = A((i - j + 9) / 2) + float((i - j) / 4) + float((i - j) % 3) where i in 0:10, j in 0:9 }

def two_conditions(float(6, 6) A) -> (B) { B(i, j, m) = (i >= m && i < m + 6 ? A(i - m, 0) : 0) + (j >= m && j < m + 6 ? A(0, j - m) : 0) where i in 0:8, j in 0:8, m in 0:3 }

def guarded(float(12) A, float(12) B) -> (C) { C(i) = i >= 2 ? (A(i - 2) > 0.0 ? sqrt(A(i - 2)) : B(i)) : B(i) where i in 0:12 }

def activations(float(5, 37) A) -> (C) { C(i, j) = tanh(A(i, j)) + erf(A(i, j)) * exp(A(i, j)) + log(fabs(A(i, j)) + 1.0) + rsqrt(A(i, j) * A(i, j) + 1.0) + pow(fabs(A(i, j)), 1.5) + floor(A(i, j) * 3.0) + round(A(i, j) * 4.0) + exp2(A(i, j)) + expm1(A(i, j)) }

def predicates(float(6, 8) A, int32(6, 8) B) -> (C) { C(i, j) = isnan(log(A(i, j))) || isinf(1.0 / (A(i, j) - A(i, j))) ? float(abs(B(i, j))) : (isfinite(A(i, j)) ? A(i, j) : 1.0) }

def integers(int32(9, 21) A, int32(21, 8) B) -> (D) {
  C(i, j) +=! A(i, k) * B(k, j)
  D(i, j) = fmax(C(i, j), 0) / 3 + C(i, j) % 5 - fmin(C(i, j), 7)
}

def int_max(int32(9, 21) A) -> (C) { C(i) max=! A(i, k) }

def bytes(uint8(4, 16) A, uint8(16) b) -> (C) { C(i, j) = (A(i, j) + b(j)) / 2 + A(i, j) * b(j) }

def signed_bytes(int8(4, 16) A, int8(16) b) -> (C) { C(i, j) = fmax(A(i, j) - b(j) * 3, A(i, j)) }

def shorts(int16(4, 16) A) -> (C) { C(i, j) = A(i, j) * A(i, j) }

def masked(bool(6, 10) M, float(6, 10) A) -> (C) { C(i, j) = M(i, j) ? A(i, j) : -1.0 }

def compared(float(6, 10) A, float(10) b) -> (C) { C(i, j) = A(i, j) > b(j) || A(i, j) == 0.0 || i > 4 }

def casts(float(40) A, int32(40) B) -> (C) { C(i) = float(int32(A(i) * 10.0)) + float(B(i)) + float(i) + float(bool(B(i))) }
`;

/** Element types that WebAssembly modules do not have yet. */
const ONLY_C_TEXTS = `
def doubles(double(6, 10) A, double(10, 8) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }
def longs(int64(6, 10) A) -> (C) { C(i) +=! A(i, k) * 3 }
`;

/** Operators whose siblings are tested too. */
const CONVOLUTIONS = `
def conv2d_relu(float(1, 6, 7, 16) data, const float(3, 3, 16, 20) kernel, float(20) bias) -> (R) {
  pad(n, y, x, c) = (y >= 1 && y < 7 && x >= 1 && x < 8) ? data(n, y - 1, x - 1, c) : 0 where y in 0:8, x in 0:9
  conv(n, y, x, f) +=! pad(n, y + r, x + s, c) * kernel(r, s, c, f) where y in 0:6, x in 0:7
  R(n, y, x, f) = fmax(conv(n, y, x, f) + bias(f), 0)
}

def conv2d_dilated(float(1, 11, 12, 8) data, const float(3, 3, 8, 16) kernel) -> (C) { C(n, y, x, f) +=! data(n, y + r * 2, x + s * 2, c) * kernel(r, s, c, f) where y in 0:7, x in 0:8 }

def conv2d_groups(float(1, 8, 6, 2, 8) data, const float(3, 3, 2, 8, 16) kernel) -> (C) { C(n, y, x, g, f) +=! data(n, y + r, x + s, g, c) * kernel(r, s, g, c, f) where y in 0:6, x in 0:4 }

def capsules(float(1, 6, 6, 2, 2, 8) data, const float(3, 3, 2, 2, 8, 8) kernel) -> (C) { C(n, y, x, i, j, f) +=! data(n, y + r, x + s, i, m, c) * kernel(r, s, m, j, c, f) where y in 0:4, x in 0:4 }

def conv1d(float(2, 14, 16) data, const float(5, 16, 16) kernel) -> (C) { C(n, x, f) +=! data(n, x + s, c) * kernel(s, c, f) where x in 0:10 }
`;

function parsed(text: string, onlyC: boolean): Workload[] {
  const { defs, problems } = parseTc(text);
  if (problems.some((p) => p.severity === 'error')) throw new Error(problems.map((p) => `${p.line}:${p.column} ${p.message}`).join('\n'));
  return defs.map(({ name, dag }) => ({ name, dag, onlyC }));
}

const siblings = parsed(CONVOLUTIONS, false).flatMap(({ name, dag, onlyC }) => winogradSiblings(dag).map((sibling) => ({ name: `${name}, ${sibling.algorithm}`, dag: sibling.dag, onlyC })));

export const WORKLOADS: readonly Workload[] = [...parsed(TEXTS, false), ...parsed(ONLY_C_TEXTS, true), ...siblings];

export function workload(name: string): ComputeDag {
  const found = WORKLOADS.find((w) => w.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  return found.dag;
}
