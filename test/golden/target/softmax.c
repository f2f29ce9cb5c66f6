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
#ifndef ANSOR_ACROSSADD_V4
#define ANSOR_ACROSSADD_V4
static inline float ansor_acrossadd_v4(ansor_v4 x) {
  ansor_v2 l2 = {x[0], x[1]}, h2 = {x[2], x[3]};
  ansor_v2 y2 = l2 + h2;
  return y2[0] + y2[1];
}
#endif
#ifndef ANSOR_ACROSSMAX_V4
#define ANSOR_ACROSSMAX_V4
static inline float ansor_acrossmax_v4(ansor_v4 x) {
  ansor_v2 l2 = {x[0], x[1]}, h2 = {x[2], x[3]};
  ansor_m2 k2 = l2 > h2;
  ansor_v2 y2 = (ansor_v2)(((ansor_m2)l2 & k2) | ((ansor_m2)h2 & ~k2));
  return y2[0] > y2[1] ? y2[0] : y2[1];
}
#endif
static void k_p0(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  const float *restrict b0_A = (const float *)tensors[0];
  float *restrict b2_maxelem_rf = (float *)(workspace + 0);
  for (long i_0 = begin; i_0 < end; i_0++) {
    ansor_v8 r0 = (ansor_v8){(-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f)};
    const float *p0 = b0_A + (i_0 * 40L);
    ansor_v8 r1 = *(const ansor_v8 *)&p0[0];
    r0 = (ansor_v8)__builtin_ia32_maxps256(r0, r1);
    ansor_v8 r2 = *(const ansor_v8 *)&p0[8];
    r0 = (ansor_v8)__builtin_ia32_maxps256(r0, r2);
    ansor_v8 r3 = *(const ansor_v8 *)&p0[16];
    r0 = (ansor_v8)__builtin_ia32_maxps256(r0, r3);
    ansor_v8 r4 = *(const ansor_v8 *)&p0[24];
    r0 = (ansor_v8)__builtin_ia32_maxps256(r0, r4);
    ansor_v8 r5 = *(const ansor_v8 *)&p0[32];
    r0 = (ansor_v8)__builtin_ia32_maxps256(r0, r5);
    float *p1 = b2_maxelem_rf + (i_0 * 8L);
    *(ansor_v8 *)&p1[0] = r0;
  }
}
static void k_p1(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b2_maxelem_rf = (float *)(workspace + 0);
  float *restrict b3_maxelem = (float *)(workspace + 192);
  for (long ax0_6 = begin; ax0_6 < end; ax0_6++) {
    ansor_v4 r6 = (ansor_v4){(-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f)};
    ansor_v4 r7 = (ansor_v4){(-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f), (-3.40282347e+38f)};
    for (long k_inner_v_v_9 = 0; k_inner_v_v_9 < 1; k_inner_v_v_9++) {
      float *p2 = b2_maxelem_rf + (ax0_6 * 8L + k_inner_v_v_9 * 8L);
      ansor_v4 r8 = *(const ansor_v4 *)&p2[0];
      r6 = (ansor_v4)__builtin_ia32_maxps(r6, r8);
      ansor_v4 r9 = *(const ansor_v4 *)&p2[4];
      r7 = (ansor_v4)__builtin_ia32_maxps(r7, r9);
    }
    float *p3 = b3_maxelem + (ax0_6);
    p3[0] = ansor_acrossmax_v4((ansor_v4)__builtin_ia32_maxps(r6, r7));
  }
}
static void k_p2(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  const float *restrict b0_A = (const float *)tensors[0];
  float *restrict b3_maxelem = (float *)(workspace + 192);
  float *restrict b4_e = (float *)(workspace + 256);
  for (long i_j_fused_10 = begin; i_j_fused_10 < end; i_j_fused_10++) {
    const float *p4 = b0_A + (ansor_fdiv(i_j_fused_10, 40) * 40L + ansor_fmod(i_j_fused_10, 40));
    float r10 = p4[0];
    float *p5 = b3_maxelem + (ansor_fdiv(i_j_fused_10, 40));
    float r11 = p5[0];
    float *p6 = b4_e + (ansor_fdiv(i_j_fused_10, 40) * 40L + ansor_fmod(i_j_fused_10, 40));
    p6[0] = __builtin_expf((r10 - r11));
  }
}
static void k_p3(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b4_e = (float *)(workspace + 256);
  float *restrict b5_sum_rf = (float *)(workspace + 1088);
  for (long i_11 = begin; i_11 < end; i_11++) {
    ansor_v8 r12 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    float *p7 = b4_e + (i_11 * 40L);
    ansor_v8 r13 = *(const ansor_v8 *)&p7[0];
    r12 = (r12 + r13);
    ansor_v8 r14 = *(const ansor_v8 *)&p7[8];
    r12 = (r12 + r14);
    ansor_v8 r15 = *(const ansor_v8 *)&p7[16];
    r12 = (r12 + r15);
    ansor_v8 r16 = *(const ansor_v8 *)&p7[24];
    r12 = (r12 + r16);
    ansor_v8 r17 = *(const ansor_v8 *)&p7[32];
    r12 = (r12 + r17);
    float *p8 = b5_sum_rf + (i_11 * 8L);
    *(ansor_v8 *)&p8[0] = r12;
  }
}
static void k_p4(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b5_sum_rf = (float *)(workspace + 1088);
  float *restrict b6_sum = (float *)(workspace + 1280);
  for (long ax0_17 = begin; ax0_17 < end; ax0_17++) {
    ansor_v4 r18 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r19 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    for (long k_inner_v_v_20 = 0; k_inner_v_v_20 < 1; k_inner_v_v_20++) {
      float *p9 = b5_sum_rf + (ax0_17 * 8L + k_inner_v_v_20 * 8L);
      ansor_v4 r20 = *(const ansor_v4 *)&p9[0];
      r18 = (r18 + r20);
      ansor_v4 r21 = *(const ansor_v4 *)&p9[4];
      r19 = (r19 + r21);
    }
    float *p10 = b6_sum + (ax0_17);
    p10[0] = ansor_acrossadd_v4((r18 + r19));
  }
}
static void k_p5(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b4_e = (float *)(workspace + 256);
  float *restrict b6_sum = (float *)(workspace + 1280);
  float *restrict b1_norm = (float *)tensors[1];
  for (long i_j_fused_21 = begin; i_j_fused_21 < end; i_j_fused_21++) {
    float *p11 = b4_e + (ansor_fdiv(i_j_fused_21, 40) * 40L + ansor_fmod(i_j_fused_21, 40));
    float r22 = p11[0];
    float *p12 = b6_sum + (ansor_fdiv(i_j_fused_21, 40));
    float r23 = p12[0];
    float *p13 = b1_norm + (ansor_fdiv(i_j_fused_21, 40) * 40L + ansor_fmod(i_j_fused_21, 40));
    p13[0] = (r22 / r23);
  }
}
void k(const struct ansor_host *host, void *const *tensors, unsigned char *workspace) {
  (void)host; (void)tensors; (void)workspace;
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p0, &c, 5);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p1, &c, 5);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p2, &c, 200);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p3, &c, 5);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p4, &c, 5);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p5, &c, 200);
  }
}
