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
  int *restrict b3_C = (int *)(workspace + 0);
  int *restrict b2_D = (int *)tensors[2];
  for (long i_inner_7 = begin; i_inner_7 < end; i_inner_7++) {
    int *p3 = b3_C + (i_inner_7 * 8L);
    int r19 = p3[0];
    int *p4 = b2_D + (i_inner_7 * 8L);
    p4[0] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r19, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r19, 5)) - (unsigned)({ int x_ = r19, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r20 = p3[1];
    p4[1] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r20, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r20, 5)) - (unsigned)({ int x_ = r20, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r21 = p3[2];
    p4[2] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r21, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r21, 5)) - (unsigned)({ int x_ = r21, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r22 = p3[3];
    p4[3] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r22, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r22, 5)) - (unsigned)({ int x_ = r22, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r23 = p3[4];
    p4[4] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r23, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r23, 5)) - (unsigned)({ int x_ = r23, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r24 = p3[5];
    p4[5] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r24, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r24, 5)) - (unsigned)({ int x_ = r24, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r25 = p3[6];
    p4[6] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r25, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r25, 5)) - (unsigned)({ int x_ = r25, y_ = 7; x_ < y_ ? x_ : y_; }));
    int r26 = p3[7];
    p4[7] = (int)((unsigned)(int)((unsigned)(int)ansor_fdiv(({ int x_ = r26, y_ = 0; x_ > y_ ? x_ : y_; }), 3) + (unsigned)(int)ansor_fmod(r26, 5)) - (unsigned)({ int x_ = r26, y_ = 7; x_ < y_ ? x_ : y_; }));
  }
}
void k(const struct ansor_host *host, void *const *tensors, unsigned char *workspace) {
  (void)host; (void)tensors; (void)workspace;
  const int *restrict b0_A = (const int *)tensors[0];
  const int *restrict b1_B = (const int *)tensors[1];
  int *restrict b3_C = (int *)(workspace + 0);
  for (long i_inner_t_5 = 0; i_inner_t_5 < 3; i_inner_t_5++) {
    for (long j_inner_t_6 = 0; j_inner_t_6 < 2; j_inner_t_6++) {
      int r0 = 0;
      int r1 = 0;
      int r2 = 0;
      int r3 = 0;
      int r4 = 0;
      int r5 = 0;
      int r6 = 0;
      int r7 = 0;
      int r8 = 0;
      int r9 = 0;
      int r10 = 0;
      int r11 = 0;
      for (long k_outer_2 = 0; k_outer_2 < 21; k_outer_2++) {
        const int *p0 = b0_A + (i_inner_t_5 * 63L + k_outer_2);
        int r12 = p0[0];
        const int *p1 = b1_B + (k_outer_2 * 8L + j_inner_t_6 * 4L);
        int r13 = p1[0];
        r0 = (int)((unsigned)(int)((unsigned)r12 * (unsigned)r13) + (unsigned)r0);
        int r14 = p1[1];
        r1 = (int)((unsigned)(int)((unsigned)r12 * (unsigned)r14) + (unsigned)r1);
        int r15 = p1[2];
        r2 = (int)((unsigned)(int)((unsigned)r12 * (unsigned)r15) + (unsigned)r2);
        int r16 = p1[3];
        r3 = (int)((unsigned)(int)((unsigned)r12 * (unsigned)r16) + (unsigned)r3);
        int r17 = p0[21];
        r4 = (int)((unsigned)(int)((unsigned)r17 * (unsigned)r13) + (unsigned)r4);
        r5 = (int)((unsigned)(int)((unsigned)r17 * (unsigned)r14) + (unsigned)r5);
        r6 = (int)((unsigned)(int)((unsigned)r17 * (unsigned)r15) + (unsigned)r6);
        r7 = (int)((unsigned)(int)((unsigned)r17 * (unsigned)r16) + (unsigned)r7);
        int r18 = p0[42];
        r8 = (int)((unsigned)(int)((unsigned)r18 * (unsigned)r13) + (unsigned)r8);
        r9 = (int)((unsigned)(int)((unsigned)r18 * (unsigned)r14) + (unsigned)r9);
        r10 = (int)((unsigned)(int)((unsigned)r18 * (unsigned)r15) + (unsigned)r10);
        r11 = (int)((unsigned)(int)((unsigned)r18 * (unsigned)r16) + (unsigned)r11);
      }
      int *p2 = b3_C + (i_inner_t_5 * 24L + j_inner_t_6 * 4L);
      p2[0] = r0;
      p2[1] = r1;
      p2[2] = r2;
      p2[3] = r3;
      p2[8] = r4;
      p2[9] = r5;
      p2[10] = r6;
      p2[11] = r7;
      p2[16] = r8;
      p2[17] = r9;
      p2[18] = r10;
      p2[19] = r11;
    }
  }
  {
    struct ansor_closure c = { tensors, workspace, { 0 } };
    host->parallel_for(host, k_p0, &c, 9);
  }
}
