#include "pool.h"
#include "os.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 8192, WAIT_SPINS = 65536 };

typedef void (*loop_body)(void *closure, int begin, int end, int worker);

struct pool {
  struct ansor_host host;
  const int *cpus;
  int cpu_count, started;
  pthread_t *threads;
  struct worker { struct pool *pool; int index; } *workers;
  loop_body body;
  void *closure;
  int n;
  /* Each counter on a cache line of its own. */
  _Alignas(64) atomic_uint generation;
  _Alignas(64) atomic_int pending;
  _Alignas(64) atomic_int sleepers;
  atomic_int stop;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Worker w of t does [n w / t, n (w + 1) / t): neighbours stay on one core from call to call. */
static void run_part(struct pool *p, int worker) {
  long long n = p->n, t = p->host.threads;
  int begin = (int)(n * worker / t), end = (int)(n * (worker + 1) / t);
  if (begin < end) p->body(p->closure, begin, end, worker);
}

/* Waits for a generation other than `seen`: spinning first, then asleep. */
static unsigned await(struct pool *p, unsigned seen) {
  unsigned now;
  for (int i = 0; i < SPINS; i++) {
    if ((now = atomic_load_explicit(&p->generation, memory_order_acquire)) != seen) return now;
    relax();
  }
  pthread_mutex_lock(&p->mutex);
  atomic_fetch_add(&p->sleepers, 1);
  while ((now = atomic_load(&p->generation)) == seen) pthread_cond_wait(&p->cond, &p->mutex);
  atomic_fetch_sub(&p->sleepers, 1);
  pthread_mutex_unlock(&p->mutex);
  return now;
}

static void *work(void *arg) {
  struct worker *w = arg;
  struct pool *p = w->pool;
  if (w->index < p->cpu_count) os_pin(p->cpus[w->index], p->cpus, p->cpu_count);
  unsigned seen = 0;
  for (;;) {
    seen = await(p, seen);
    if (atomic_load(&p->stop)) return NULL;
    run_part(p, w->index);
    atomic_fetch_sub_explicit(&p->pending, 1, memory_order_release);
  }
}

static void publish(struct pool *p) {
  atomic_fetch_add(&p->generation, 1);
  if (atomic_load(&p->sleepers) > 0) {
    pthread_mutex_lock(&p->mutex);
    pthread_cond_broadcast(&p->cond);
    pthread_mutex_unlock(&p->mutex);
  }
}

static void parallel_for(const struct ansor_host *host, loop_body body, void *closure, int n) {
  struct pool *p = host->pool;
  if (host->threads == 1 || n == 1) {
    if (n > 0) body(closure, 0, n, 0);
    return;
  }
  p->body = body;
  p->closure = closure;
  p->n = n;
  atomic_store_explicit(&p->pending, host->threads - 1, memory_order_relaxed);
  publish(p);
  run_part(p, 0);
  for (int i = 0; atomic_load_explicit(&p->pending, memory_order_acquire) > 0; i++) {
    if (i < WAIT_SPINS) relax();
    else sched_yield();
  }
}

static void nothing(void *closure, int begin, int end, int worker) { (void)closure; (void)begin; (void)end; (void)worker; }

void pool_wake(struct pool *p) {
  if (p->host.threads > 1) parallel_for(&p->host, nothing, NULL, p->host.threads);
}

const struct ansor_host *pool_host(const struct pool *p) { return &p->host; }

struct pool *pool_start(int threads, const int *cpus, int cpu_count) {
  struct pool *p = NULL;
  if (posix_memalign((void **)&p, 64, sizeof *p)) return NULL;
  *p = (struct pool){.host = {p, threads, parallel_for}, .cpus = cpus, .cpu_count = cpu_count};
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->cond, NULL);
  p->threads = calloc((size_t)threads, sizeof *p->threads);
  p->workers = calloc((size_t)threads, sizeof *p->workers);
  for (int i = 1; p->threads && p->workers && i < threads; i++) {
    p->workers[i] = (struct worker){p, i};
    if (pthread_create(&p->threads[i], NULL, work, &p->workers[i])) break;
    p->started++;
  }
  if (!p->threads || !p->workers || p->started < threads - 1) { pool_stop(p); return NULL; }
  if (cpu_count > 0) os_pin(cpus[0], cpus, cpu_count);
  return p;
}

void pool_stop(struct pool *p) {
  atomic_store(&p->stop, 1);
  publish(p);
  for (int i = 1; i <= p->started; i++) pthread_join(p->threads[i], NULL);
  if (p->cpu_count > 0) os_pin(-1, p->cpus, p->cpu_count);
  free(p->threads);
  free(p->workers);
  free(p);
}
