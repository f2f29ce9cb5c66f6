#include "element.h"
#include <math.h>
#include <string.h>

static const unsigned char BYTES[D_COUNT] = {4, 2, 2, 8, 1, 1, 2, 4, 8, 1, 2, 4, 8};
size_t dtype_bytes(int dtype) { return BYTES[dtype]; }

static float from_bits(uint32_t bits) { float v; memcpy(&v, &bits, 4); return v; }
static uint32_t to_bits(float v) { uint32_t bits; memcpy(&bits, &v, 4); return bits; }

static float half_to_float(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent == 31) return from_bits(sign | 0x7f800000 | fraction << 13);
  if (exponent) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  float v = (float)fraction * 0x1p-24f;
  return sign ? -v : v;
}

/* To nearest, ties to even. Doubles, so that the double -> float step cannot round twice. */
static uint16_t double_to_half(double v) {
  uint16_t sign = signbit(v) ? 0x8000 : 0;
  double a = fabs(v);
  if (a != a) return sign | 0x7e00;
  if (a >= 65520) return sign | 0x7c00;
  if (a < 0x1p-14) return (uint16_t)(sign | (uint16_t)nearbyint(a * 0x1p24));
  int e;
  frexp(a, &e); /* a in [2^(e-1), 2^e) */
  unsigned q = (unsigned)nearbyint(ldexp(a, 11 - e)); /* 1024..2048 */
  return (uint16_t)(sign | (((unsigned)(e + 14) << 10) + (q - 1024)));
}

static uint16_t double_to_bfloat(double v) {
  float f = (float)v;
  uint32_t bits = to_bits(f);
  if (f != f) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

#define AT(type) (((const type *)data)[i])
double element_get(const void *data, int dtype, uint64_t i) {
  switch (dtype) {
    case D_F32: return AT(float);
    case D_F16: return half_to_float(AT(uint16_t));
    case D_BF16: return from_bits((uint32_t)AT(uint16_t) << 16);
    case D_F64: return AT(double);
    case D_I8: return AT(int8_t);
    case D_U8: case D_BOOL: return AT(uint8_t);
    case D_I16: return AT(int16_t);
    case D_I32: return AT(int32_t);
    case D_U16: return AT(uint16_t);
    case D_U32: return AT(uint32_t);
    case D_U64: return (double)AT(uint64_t);
    default: return (double)AT(int64_t);
  }
}

static uint32_t mix(uint32_t seed, uint32_t i) {
  uint32_t x = i * 0x9e3779b9u + seed;
  x = (x ^ x >> 16) * 0x21f0aaadu;
  x = (x ^ x >> 15) * 0x735a2d97u;
  return x ^ x >> 15;
}

#define REAL (low + (high - low) * ((double)(mix(seed, (uint32_t)i) >> 8) * 0x1p-24))
#define WHOLE floor(low + (high - low + 1) * ((double)mix(seed, (uint32_t)i) * 0x1p-32))
#define FILL(type, value) do { type *p = data; for (uint64_t k = 0, i = from; k < n; k++, i += step) p[k] = (type)(value); } while (0)
/* n elements with the values of positions from, from + step, ... */
static void fill_run(void *data, int dtype, uint64_t n, uint32_t seed, double low, double high, uint64_t from, uint64_t step) {
  switch (dtype) {
    case D_F32: FILL(float, REAL); break;
    case D_F16: FILL(uint16_t, double_to_half(REAL)); break;
    case D_BF16: FILL(uint16_t, double_to_bfloat(REAL)); break;
    case D_F64: FILL(double, REAL); break;
    case D_I8: FILL(int8_t, WHOLE); break;
    case D_U8: FILL(uint8_t, WHOLE); break;
    case D_I16: FILL(int16_t, WHOLE); break;
    case D_I32: FILL(int32_t, WHOLE); break;
    case D_I64: FILL(int64_t, WHOLE); break;
    case D_U16: FILL(uint16_t, WHOLE); break;
    case D_U32: FILL(uint32_t, WHOLE); break;
    case D_U64: FILL(uint64_t, WHOLE); break;
    default: FILL(uint8_t, mix(seed, (uint32_t)i) >> 31); break;
  }
}

int order_fits(const struct order *o, uint64_t elements) {
  uint64_t visited = 1;
  for (uint32_t j = 0; j < o->count; j++) {
    if (o->loops[j].extent == 0 || o->loops[j].extent > elements / visited) return 0;
    visited *= o->loops[j].extent;
  }
  return o->count == 0 || visited == elements;
}

void fill_random(void *data, int dtype, uint64_t bytes, uint32_t seed, double low, double high, const struct order *o) {
  uint64_t n = bytes / BYTES[dtype], index[MAX_ORDER] = {0}, from = 0;
  const struct order_loop row = {n, 1}, *run = o && o->count ? &o->loops[o->count - 1] : &row;
  for (uint64_t to = 0; to < n; to += run->extent) {
    fill_run((char *)data + to * BYTES[dtype], dtype, run->extent, seed, low, high, from, run->step);
    for (uint32_t j = o && o->count ? o->count - 1 : 0; j-- > 0;) {
      from += o->loops[j].step;
      if (++index[j] < o->loops[j].extent) break;
      from -= o->loops[j].extent * o->loops[j].step;
      index[j] = 0;
    }
  }
}

/* The common case fast: 1 if all n floats are within the tolerance (a NaN or an infinity is not). */
static int close_floats(const float *a, const float *b, uint64_t n, double atol, double rtol, double *max_abs) {
  int far = 0;
  double max = 0;
  for (uint64_t i = 0; i < n; i++) {
    double y = b[i], d = fabs((double)a[i] - y);
    far |= !(d <= atol + rtol * fabs(y));
    max = d > max ? d : max;
  }
  if (!far && max > *max_abs) *max_abs = max;
  return !far;
}

struct comparison compare(const void *got, const void *expected, int dtype, uint64_t bytes, double atol, double rtol) {
  struct comparison c = {0, 0, 0, 0, 0};
  size_t width = BYTES[dtype];
  uint64_t n = bytes / width;
  enum { BLOCK = 4096 };
  for (uint64_t i = 0; i < n; i++) {
    uint64_t block = n - i < BLOCK ? n - i : BLOCK;
    if (dtype == D_F32 && i % BLOCK == 0 && close_floats((const float *)got + i, (const float *)expected + i, block, atol, rtol, &c.max_abs)) {
      i += block - 1;
      continue;
    }
    double a = element_get(got, dtype, i), b = element_get(expected, dtype, i), d = fabs(a - b);
    int same = d <= atol + rtol * fabs(b);
    if (!same || d == 0) /* infinities, NaN; 64-bit integers that one double stands for */
      same = !memcmp((const char *)got + i * width, (const char *)expected + i * width, width) || (a != a && b != b) || (d == 0 && dtype != D_I64);
    if (same) {
      if (d > c.max_abs) c.max_abs = d;
      continue;
    }
    if (!(d <= c.max_abs)) c.max_abs = d;
    if (!c.mismatches++) { c.at = i; c.got = a; c.expected = b; }
  }
  return c;
}
