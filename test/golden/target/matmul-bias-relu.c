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
  const float *restrict b0_A = (const float *)tensors[0];
  const float *restrict b1_B = (const float *)tensors[1];
  const float *restrict b2_bias = (const float *)tensors[2];
  float *restrict b3_R = (float *)tensors[3];
  for (long i_outer_outer_j_outer_outer_fused_0 = begin; i_outer_outer_j_outer_outer_fused_0 < end; i_outer_outer_j_outer_outer_fused_0++) {
    ansor_v8 r0 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r1 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r2 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r3 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r4 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r5 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r6 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r7 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r8 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r9 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r10 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v8 r11 = (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    for (long k_outer_3 = 0; k_outer_3 < 20; k_outer_3++) {
      const float *p0 = b0_A + (ansor_fdiv(i_outer_outer_j_outer_outer_fused_0, 2) * 80L + k_outer_3);
      ansor_v8 r12 = (ansor_v8){p0[0], p0[0], p0[0], p0[0], p0[0], p0[0], p0[0], p0[0]};
      __asm__("" : "+x"(r12));
      const float *p1 = b1_B + (k_outer_3 * 48L + ansor_fmod(i_outer_outer_j_outer_outer_fused_0, 2) * 24L);
      ansor_v8 r13 = *(const ansor_v8 *)&p1[0];
      __asm__("" : "+x"(r13));
      r0 = (r12 * r13 + r0);
      ansor_v8 r14 = *(const ansor_v8 *)&p1[8];
      __asm__("" : "+x"(r14));
      r1 = (r12 * r14 + r1);
      ansor_v8 r15 = *(const ansor_v8 *)&p1[16];
      __asm__("" : "+x"(r15));
      r2 = (r12 * r15 + r2);
      ansor_v8 r16 = (ansor_v8){p0[20], p0[20], p0[20], p0[20], p0[20], p0[20], p0[20], p0[20]};
      __asm__("" : "+x"(r16));
      r3 = (r16 * r13 + r3);
      r4 = (r16 * r14 + r4);
      r5 = (r16 * r15 + r5);
      ansor_v8 r17 = (ansor_v8){p0[40], p0[40], p0[40], p0[40], p0[40], p0[40], p0[40], p0[40]};
      __asm__("" : "+x"(r17));
      r6 = (r17 * r13 + r6);
      r7 = (r17 * r14 + r7);
      r8 = (r17 * r15 + r8);
      ansor_v8 r18 = (ansor_v8){p0[60], p0[60], p0[60], p0[60], p0[60], p0[60], p0[60], p0[60]};
      __asm__("" : "+x"(r18));
      r9 = (r18 * r13 + r9);
      r10 = (r18 * r14 + r10);
      r11 = (r18 * r15 + r11);
    }
    const float *p2 = b2_bias + (ansor_fmod(i_outer_outer_j_outer_outer_fused_0, 2) * 24L);
    ansor_v8 r19 = *(const ansor_v8 *)&p2[0];
    __asm__("" : "+x"(r19));
    float *p3 = b3_R + (ansor_fdiv(i_outer_outer_j_outer_outer_fused_0, 2) * 192L + ansor_fmod(i_outer_outer_j_outer_outer_fused_0, 2) * 24L);
    *(ansor_v8 *)&p3[0] = (ansor_v8)__builtin_ia32_maxps256((r0 + r19), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    ansor_v8 r20 = *(const ansor_v8 *)&p2[8];
    __asm__("" : "+x"(r20));
    *(ansor_v8 *)&p3[8] = (ansor_v8)__builtin_ia32_maxps256((r1 + r20), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    ansor_v8 r21 = *(const ansor_v8 *)&p2[16];
    __asm__("" : "+x"(r21));
    *(ansor_v8 *)&p3[16] = (ansor_v8)__builtin_ia32_maxps256((r2 + r21), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[48] = (ansor_v8)__builtin_ia32_maxps256((r3 + r19), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[56] = (ansor_v8)__builtin_ia32_maxps256((r4 + r20), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[64] = (ansor_v8)__builtin_ia32_maxps256((r5 + r21), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[96] = (ansor_v8)__builtin_ia32_maxps256((r6 + r19), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[104] = (ansor_v8)__builtin_ia32_maxps256((r7 + r20), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[112] = (ansor_v8)__builtin_ia32_maxps256((r8 + r21), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[144] = (ansor_v8)__builtin_ia32_maxps256((r9 + r19), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[152] = (ansor_v8)__builtin_ia32_maxps256((r10 + r20), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
    *(ansor_v8 *)&p3[160] = (ansor_v8)__builtin_ia32_maxps256((r11 + r21), (ansor_v8){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
  }
}
void k(const struct ansor_host *host, void *const *tensors, unsigned char *workspace) {
  (void)host; (void)tensors; (void)workspace;
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p0, &c, 8);
  }
}
