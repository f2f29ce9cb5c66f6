struct ansor_host { void *pool; int threads; void (*parallel_for)(const struct ansor_host *host, void (*body)(void *closure, int begin, int end, int worker), void *closure, int n); };
struct ansor_closure { void *const *tensors; unsigned char *workspace; long outer[8]; };
typedef float ansor_v2 __attribute__((vector_size(8), aligned(4), may_alias));
typedef int ansor_m2 __attribute__((vector_size(8), aligned(4), may_alias));
typedef float ansor_v4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef int ansor_m4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float ansor_v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int ansor_m8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float ansor_v16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int ansor_m16 __attribute__((vector_size(64), aligned(4), may_alias));
static inline __attribute__((unused)) long ansor_fdiv(long a, long b) { const long r = a % b; return a / b - ((r != 0) & ((r < 0) != (b < 0))); }
static inline __attribute__((unused)) float ansor_from_bfloat16(unsigned short h) { union { unsigned u; float f; } x = { (unsigned)h << 16 }; return x.f; }
static inline __attribute__((unused)) unsigned short ansor_to_bfloat16(float f) {
  union { float f; unsigned u; } x = { f };
  return f != f ? (unsigned short)(x.u >> 16 | 0x40) : (unsigned short)((x.u + 0x7fff + (x.u >> 16 & 1)) >> 16);
}
static inline __attribute__((unused)) float ansor_from_float16(unsigned short h) {
  union { unsigned u; float f; } x = { (unsigned)(h & 0x7fff) << 13 };
  if ((h & 0x7c00) == 0x7c00) x.u |= 0x7f800000;
  else x.f *= 0x1p112f;
  x.u |= (unsigned)(h & 0x8000) << 16;
  return x.f;
}
static inline __attribute__((unused)) unsigned short ansor_to_float16(float f) {
  union { float f; unsigned u; } x = { f };
  const unsigned sign = x.u >> 16 & 0x8000, size = x.u & 0x7fffffff;
  if (size > 0x7f800000) return (unsigned short)(sign | 0x7e00);
  if (size >= 0x477ff000) return (unsigned short)(sign | 0x7c00);
  if (size < 0x38800000) {
    x.u = size;
    x.f += 0.5f;
    return (unsigned short)(sign | (x.u - 0x3f000000));
  }
  return (unsigned short)(sign | ((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13));
}
static inline __attribute__((unused)) long ansor_fmod(long a, long b) { const long r = a % b; return r + ((r != 0) & ((r < 0) != (b < 0))) * b; }
static void k_p0(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  const long t_0 = c->outer[0];
  const float *restrict b0_A = (const float *)tensors[0];
  float *restrict b2_S = (float *)(workspace + 0);
  for (long p_1 = begin; p_1 < end; p_1++) {
    const float *p0 = b0_A + (t_0 * 32L + p_1 * 8L);
    ansor_v8 r0 = *(const ansor_v8 *)&p0[0];
    float *p1 = b2_S + (p_1 * 8L);
    *(ansor_v8 *)&p1[0] = (r0 + (ansor_v8){1.00000000f, 1.00000000f, 1.00000000f, 1.00000000f, 1.00000000f, 1.00000000f, 1.00000000f, 1.00000000f});
  }
}
static void k_p1(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  const long t_0 = c->outer[0];
  float *restrict b2_S = (float *)(workspace + 0);
  float *restrict b3_W = (float *)(workspace + 128 + worker * 64L + 0);
  float *restrict b1_B = (float *)tensors[1];
  for (long q_6 = begin; q_6 < end; q_6++) {
    float *p2 = b2_S + (q_6 * -8L);
    ansor_v8 r1 = *(const ansor_v8 *)&p2[24];
    *(ansor_v8 *)&b3_W[0] = (r1 * (ansor_v8){2.00000000f, 2.00000000f, 2.00000000f, 2.00000000f, 2.00000000f, 2.00000000f, 2.00000000f, 2.00000000f});
    float r2 = b3_W[7];
    float *p3 = b1_B + (t_0 * 32L + q_6 * 8L);
    p3[0] = (r2 + (float)((int)(((t_0 * 10) + q_6))));
    float r3 = b3_W[6];
    p3[1] = (r3 + (float)((int)(((t_0 * 10) + q_6))));
    float r4 = b3_W[5];
    p3[2] = (r4 + (float)((int)(((t_0 * 10) + q_6))));
    float r5 = b3_W[4];
    p3[3] = (r5 + (float)((int)(((t_0 * 10) + q_6))));
    float r6 = b3_W[3];
    p3[4] = (r6 + (float)((int)(((t_0 * 10) + q_6))));
    float r7 = b3_W[2];
    p3[5] = (r7 + (float)((int)(((t_0 * 10) + q_6))));
    float r8 = b3_W[1];
    p3[6] = (r8 + (float)((int)(((t_0 * 10) + q_6))));
    float r9 = b3_W[0];
    p3[7] = (r9 + (float)((int)(((t_0 * 10) + q_6))));
  }
}
void k(const struct ansor_host *host, void *const *tensors, unsigned char *workspace) {
  (void)host; (void)tensors; (void)workspace;
  for (long t_0 = 0; t_0 < 3; t_0++) {
    {
      struct ansor_closure c = { tensors, workspace, { t_0 } };
      host->parallel_for(host, k_p0, &c, 4);
    }
    {
      struct ansor_closure c = { tensors, workspace, { t_0 } };
      host->parallel_for(host, k_p1, &c, 4);
    }
  }
}
