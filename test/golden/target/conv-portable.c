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
static inline __attribute__((unused)) long ansor_fdiv(long a, long b) { long q = a / b; return a % b != 0 && (a % b < 0) != (b < 0) ? q - 1 : q; }
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
static inline __attribute__((unused)) long ansor_fmod(long a, long b) { long r = a % b; return r != 0 && (r < 0) != (b < 0) ? r + b : r; }
static void k_p0(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  const float *restrict b0_data = (const float *)tensors[0];
  float *restrict b4_pad = (float *)(workspace + 0);
  for (long n_h_fused_0 = begin; n_h_fused_0 < end; n_h_fused_0++) {
    for (long w_1 = 0; w_1 < 9; w_1++) {
      const float *p0 = b0_data + (n_h_fused_0 * 35L + w_1 * 5L);
      ansor_v4 r0 = (((((1 <= n_h_fused_0) && (n_h_fused_0 < 8)) && (1 <= w_1)) && (w_1 < 8)) ? (ansor_v4)*(const ansor_v4 *)&p0[-40] : (ansor_v4)(ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f});
      float *p1 = b4_pad + (n_h_fused_0 * 45L + w_1 * 5L);
      *(ansor_v4 *)&p1[0] = r0;
      float r1 = (((((1 <= n_h_fused_0) && (n_h_fused_0 < 8)) && (1 <= w_1)) && (w_1 < 8)) ? p0[-36] : 0.00000000f);
      p1[4] = r1;
    }
  }
}
static void k_p1(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b4_pad = (float *)(workspace + 0);
  const float *restrict b1_kernel = (const float *)tensors[1];
  float *restrict b5_conv = (float *)(workspace + 1664 + worker * 256L + 0);
  const float *restrict b2_bias = (const float *)tensors[2];
  float *restrict b3_out = (float *)tensors[3];
  for (long n_outer_outer_h_outer_outer_fused_w_oute_6 = begin; n_outer_outer_h_outer_outer_fused_w_oute_6 < end; n_outer_outer_h_outer_outer_fused_w_oute_6++) {
    ansor_v4 r2 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r3 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r4 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r5 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r6 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r7 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r8 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r9 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r10 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r11 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r12 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r13 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r14 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    ansor_v4 r15 = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    for (long rh_outer_11 = 0; rh_outer_11 < 3; rh_outer_11++) {
      for (long rw_outer_12 = 0; rw_outer_12 < 3; rw_outer_12++) {
        for (long rc_outer_13 = 0; rc_outer_13 < 5; rc_outer_13++) {
          float *p2 = b4_pad + (ansor_fdiv(n_outer_outer_h_outer_outer_fused_w_oute_6, 2) * 45L + rh_outer_11 * 45L + rw_outer_12 * 5L + rc_outer_13);
          ansor_v4 r16 = (ansor_v4){p2[0], p2[0], p2[0], p2[0]};
          const float *p3 = b1_kernel + (rh_outer_11 * 240L + rw_outer_12 * 80L + rc_outer_13 * 16L + ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_6, 2) * 8L);
          ansor_v4 r17 = *(const ansor_v4 *)&p3[0];
          r2 = (r16 * r17 + r2);
          ansor_v4 r18 = *(const ansor_v4 *)&p3[4];
          r3 = (r16 * r18 + r3);
          ansor_v4 r19 = (ansor_v4){p2[5], p2[5], p2[5], p2[5]};
          r4 = (r19 * r17 + r4);
          r5 = (r19 * r18 + r5);
          ansor_v4 r20 = (ansor_v4){p2[10], p2[10], p2[10], p2[10]};
          r6 = (r20 * r17 + r6);
          r7 = (r20 * r18 + r7);
          ansor_v4 r21 = (ansor_v4){p2[15], p2[15], p2[15], p2[15]};
          r8 = (r21 * r17 + r8);
          r9 = (r21 * r18 + r9);
          ansor_v4 r22 = (ansor_v4){p2[20], p2[20], p2[20], p2[20]};
          r10 = (r22 * r17 + r10);
          r11 = (r22 * r18 + r11);
          ansor_v4 r23 = (ansor_v4){p2[25], p2[25], p2[25], p2[25]};
          r12 = (r23 * r17 + r12);
          r13 = (r23 * r18 + r13);
          ansor_v4 r24 = (ansor_v4){p2[30], p2[30], p2[30], p2[30]};
          r14 = (r24 * r17 + r14);
          r15 = (r24 * r18 + r15);
        }
      }
    }
    *(ansor_v4 *)&b5_conv[0] = r2;
    *(ansor_v4 *)&b5_conv[4] = r3;
    *(ansor_v4 *)&b5_conv[8] = r4;
    *(ansor_v4 *)&b5_conv[12] = r5;
    *(ansor_v4 *)&b5_conv[16] = r6;
    *(ansor_v4 *)&b5_conv[20] = r7;
    *(ansor_v4 *)&b5_conv[24] = r8;
    *(ansor_v4 *)&b5_conv[28] = r9;
    *(ansor_v4 *)&b5_conv[32] = r10;
    *(ansor_v4 *)&b5_conv[36] = r11;
    *(ansor_v4 *)&b5_conv[40] = r12;
    *(ansor_v4 *)&b5_conv[44] = r13;
    *(ansor_v4 *)&b5_conv[48] = r14;
    *(ansor_v4 *)&b5_conv[52] = r15;
    for (long w_inner_7 = 0; w_inner_7 < 7; w_inner_7++) {
      float *p4 = b5_conv + (w_inner_7 * 8L);
      ansor_v4 r25 = *(const ansor_v4 *)&p4[0];
      const float *p5 = b2_bias + (ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_6, 2) * 8L);
      ansor_v4 r26 = *(const ansor_v4 *)&p5[0];
      float *p6 = b3_out + (ansor_fdiv(n_outer_outer_h_outer_outer_fused_w_oute_6, 2) * 112L + w_inner_7 * 16L + ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_6, 2) * 8L);
      *(ansor_v4 *)&p6[0] = ({ ansor_v4 x_ = (r25 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
      ansor_v4 r27 = *(const ansor_v4 *)&p4[4];
      ansor_v4 r28 = *(const ansor_v4 *)&p5[4];
      *(ansor_v4 *)&p6[4] = ({ ansor_v4 x_ = (r27 + r28), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    }
  }
}
void k(const struct ansor_host *host, void *const *tensors, unsigned char *workspace) {
  (void)host; (void)tensors; (void)workspace;
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p0, &c, 9);
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p1, &c, 14);
  }
}
