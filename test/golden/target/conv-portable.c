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
  float *restrict b4_pad = (float *)(workspace + 0);
  const float *restrict b0_data = (const float *)tensors[0];
  for (long n_h_fused_0 = begin; n_h_fused_0 < end; n_h_fused_0++) {
    float *p0 = b4_pad + (n_h_fused_0 * 45L);
    *(ansor_v4 *)&p0[0] = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    p0[4] = 0.00000000f;
    if (((1 <= n_h_fused_0) && (n_h_fused_0 < 8))) {
      for (long c_v_11 = 0; c_v_11 < 8; c_v_11++) {
        const float *p1 = b0_data + (n_h_fused_0 * 35L + c_v_11 * 4L);
        ansor_v4 r0 = *(const ansor_v4 *)&p1[-35];
        float *p2 = b4_pad + (n_h_fused_0 * 45L + c_v_11 * 4L);
        *(ansor_v4 *)&p2[5] = r0;
      }
      const float *p3 = b0_data + (n_h_fused_0 * 35L);
      ansor_v4 r1 = *(const ansor_v4 *)&p3[-4];
      *(ansor_v4 *)&p0[36] = r1;
    }
    if (!(((1 <= n_h_fused_0) && (n_h_fused_0 < 8)))) {
      for (long c_v_16 = 0; c_v_16 < 8; c_v_16++) {
        float *p4 = b4_pad + (n_h_fused_0 * 45L + c_v_16 * 4L);
        *(ansor_v4 *)&p4[5] = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
      }
      *(ansor_v4 *)&p0[36] = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    }
    *(ansor_v4 *)&p0[40] = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f};
    p0[44] = 0.00000000f;
  }
}
static void k_p1(void *closure, int begin, int end, int worker) {
  const struct ansor_closure *c = closure;
  void *const *tensors = c->tensors; unsigned char *workspace = c->workspace;
  (void)tensors; (void)workspace; (void)worker;
  float *restrict b4_pad = (float *)(workspace + 0);
  const float *restrict b1_kernel = (const float *)tensors[1];
  const float *restrict b2_bias = (const float *)tensors[2];
  float *restrict b3_out = (float *)tensors[3];
  for (long n_outer_outer_h_outer_outer_fused_w_oute_20 = begin; n_outer_outer_h_outer_outer_fused_w_oute_20 < end; n_outer_outer_h_outer_outer_fused_w_oute_20++) {
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
    for (long rh_outer_23 = 0; rh_outer_23 < 3; rh_outer_23++) {
      for (long rc_outer_30 = 0; rc_outer_30 < 15; rc_outer_30++) {
        float *p5 = b4_pad + (ansor_fdiv(n_outer_outer_h_outer_outer_fused_w_oute_20, 2) * 45L + rh_outer_23 * 45L + rc_outer_30);
        ansor_v4 r16 = (ansor_v4){p5[0], p5[0], p5[0], p5[0]};
        const float *p6 = b1_kernel + (rh_outer_23 * 240L + rc_outer_30 * 16L + ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_20, 2) * 8L);
        ansor_v4 r17 = *(const ansor_v4 *)&p6[0];
        r2 = (r16 * r17 + r2);
        ansor_v4 r18 = *(const ansor_v4 *)&p6[4];
        r3 = (r16 * r18 + r3);
        ansor_v4 r19 = (ansor_v4){p5[5], p5[5], p5[5], p5[5]};
        r4 = (r19 * r17 + r4);
        r5 = (r19 * r18 + r5);
        ansor_v4 r20 = (ansor_v4){p5[10], p5[10], p5[10], p5[10]};
        r6 = (r20 * r17 + r6);
        r7 = (r20 * r18 + r7);
        ansor_v4 r21 = (ansor_v4){p5[15], p5[15], p5[15], p5[15]};
        r8 = (r21 * r17 + r8);
        r9 = (r21 * r18 + r9);
        ansor_v4 r22 = (ansor_v4){p5[20], p5[20], p5[20], p5[20]};
        r10 = (r22 * r17 + r10);
        r11 = (r22 * r18 + r11);
        ansor_v4 r23 = (ansor_v4){p5[25], p5[25], p5[25], p5[25]};
        r12 = (r23 * r17 + r12);
        r13 = (r23 * r18 + r13);
        ansor_v4 r24 = (ansor_v4){p5[30], p5[30], p5[30], p5[30]};
        r14 = (r24 * r17 + r14);
        r15 = (r24 * r18 + r15);
      }
    }
    const float *p7 = b2_bias + (ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_20, 2) * 8L);
    ansor_v4 r25 = *(const ansor_v4 *)&p7[0];
    float *p8 = b3_out + (ansor_fdiv(n_outer_outer_h_outer_outer_fused_w_oute_20, 2) * 112L + ansor_fmod(n_outer_outer_h_outer_outer_fused_w_oute_20, 2) * 8L);
    *(ansor_v4 *)&p8[0] = ({ ansor_v4 x_ = (r2 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    ansor_v4 r26 = *(const ansor_v4 *)&p7[4];
    *(ansor_v4 *)&p8[4] = ({ ansor_v4 x_ = (r3 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[16] = ({ ansor_v4 x_ = (r4 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[20] = ({ ansor_v4 x_ = (r5 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[32] = ({ ansor_v4 x_ = (r6 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[36] = ({ ansor_v4 x_ = (r7 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[48] = ({ ansor_v4 x_ = (r8 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[52] = ({ ansor_v4 x_ = (r9 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[64] = ({ ansor_v4 x_ = (r10 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[68] = ({ ansor_v4 x_ = (r11 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[80] = ({ ansor_v4 x_ = (r12 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[84] = ({ ansor_v4 x_ = (r13 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[96] = ({ ansor_v4 x_ = (r14 + r25), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
    *(ansor_v4 *)&p8[100] = ({ ansor_v4 x_ = (r15 + r26), y_ = (ansor_v4){0.00000000f, 0.00000000f, 0.00000000f, 0.00000000f}; ansor_m4 k_ = x_ > y_; (ansor_v4)(((ansor_m4)x_ & k_) | ((ansor_m4)y_ & ~k_)); });
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
