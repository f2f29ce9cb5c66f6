/* GFLOP/s of fused multiply-adds alone on argv[1] threads, best of several stretches of some 20 ms: twelve accumulators in registers, nothing in memory.
 * Every accumulator is kept by an empty asm, or the compiler would drop what is not used. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef __AVX512F__
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#if defined(__x86_64__)
#define REGISTER "+x"
#else
#define REGISTER "+w"
#endif
typedef float vector __attribute__((vector_size(BYTES)));
enum { CHAINS = 12, STEPS = 5000000, ROUNDS = 8 };

static void *work(void *unused) {
  vector a[CHAINS], b, c;
  for (int i = 0; i < BYTES / 4; i++) b[i] = 0.999f, c[i] = 1e-3f;
#pragma GCC unroll 16
  for (int i = 0; i < CHAINS; i++) a[i] = b;
  for (long n = 0; n < STEPS; n++) {
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++) {
      a[i] = a[i] * b + c;
      __asm__ volatile("" : REGISTER(a[i]));
    }
  }
  return unused;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  pthread_t *others = calloc((size_t)threads, sizeof *others);
  double best = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const double begin = now();
    for (int i = 1; i < threads; i++) if (pthread_create(&others[i], 0, work, 0) != 0) return 1;
    work(0);
    for (int i = 1; i < threads; i++) pthread_join(others[i], 0);
    const double rate = 2.0 * (BYTES / 4) * CHAINS * (double)STEPS * threads / (now() - begin) / 1e9;
    if (rate > best) best = rate;
  }
  printf("%.2f\n", best);
  free(others);
  return 0;
}
