#include "job.h"
#include "cache.h"
#include "element.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int refuse(char problem[MESSAGE], const char *text, unsigned long long value) {
  snprintf(problem, MESSAGE, "%s (%llu)", text, value);
  return 0;
}

static int tensor_read(struct reader *r, struct tensor *t, char problem[MESSAGE]) {
  t->bytes = get_u64(r);
  t->output = get_u8(r);
  t->dtype = get_u8(r);
  t->fill = get_u8(r);
  t->flush = get_u8(r);
  t->stored = get_u32(r);
  t->seed = get_u32(r);
  t->low = get_f64(r);
  t->high = get_f64(r);
  t->reference = get_u32(r);
  t->keep = get_u32(r);
  t->atol = get_f64(r);
  t->rtol = get_f64(r);
  t->sample_count = get_u32(r);
  if (r->bad) return refuse(problem, "tensor description cut short", 0);
  if (t->dtype >= D_COUNT) return refuse(problem, "unknown element type", t->dtype);
  if (t->fill > FILL_ZERO) return refuse(problem, "unknown fill", t->fill);
  if (t->bytes % dtype_bytes(t->dtype)) return refuse(problem, "size is no multiple of the element's", t->bytes);
  if (t->sample_count > (uint64_t)(r->end - r->at) / 8) return refuse(problem, "sample list cut short", t->sample_count);
  t->samples = calloc(t->sample_count ? t->sample_count : 1, sizeof *t->samples);
  if (!t->samples) return refuse(problem, "no memory for samples", t->sample_count);
  for (uint32_t i = 0; i < t->sample_count; i++) {
    t->samples[i] = get_u64(r);
    if (t->samples[i] >= t->bytes / dtype_bytes(t->dtype)) return refuse(problem, "sample outside its tensor", t->samples[i]);
  }
  t->order.count = get_u32(r);
  if (r->bad || t->order.count > MAX_ORDER) return refuse(problem, "order of elements cut short, or too long", t->order.count);
  t->order.loops = calloc(t->order.count ? t->order.count : 1, sizeof *t->order.loops);
  if (!t->order.loops) return refuse(problem, "no memory for an order of elements", t->order.count);
  for (uint32_t i = 0; i < t->order.count; i++) {
    t->order.loops[i].extent = get_u64(r);
    t->order.loops[i].step = get_u64(r);
  }
  if (r->bad || !order_fits(&t->order, t->bytes / dtype_bytes(t->dtype))) return refuse(problem, "an order of elements that does not fit its tensor", t->bytes);
  const struct region *kept = store_get(t->stored), *reference = store_get(t->reference);
  if (t->fill == FILL_STORED && (!kept || kept->bytes != t->bytes)) return refuse(problem, "no kept buffer of that number and size", t->stored);
  if (t->reference && (!reference || reference->bytes != t->bytes)) return refuse(problem, "no reference buffer of that number and size", t->reference);
  return 1;
}

int job_read(struct reader *r, struct job *job, char problem[MESSAGE]) {
  get_text(r, job->library, sizeof job->library);
  get_text(r, job->symbol, sizeof job->symbol);
  job->threads = get_u32(r);
  job->shared_bytes = get_u64(r);
  job->thread_bytes = get_u64(r);
  job->pin = get_u8(r);
  job->tensor_count = get_u32(r);
  if (r->bad) return refuse(problem, "request cut short", 0);
  if (job->threads < 1 || job->threads > MAX_THREADS) return refuse(problem, "bad number of threads", job->threads);
  if (job->tensor_count > MAX_TENSORS) return refuse(problem, "too many tensors", job->tensor_count);
  if (job->shared_bytes > 1ull << 40 || job->thread_bytes > 1ull << 40) return refuse(problem, "workspace too large", job->shared_bytes);
  job->tensors = calloc(job->tensor_count + 1, sizeof *job->tensors);
  job->arguments = calloc(job->tensor_count + 1, sizeof *job->arguments);
  if (!job->tensors || !job->arguments) return refuse(problem, "no memory for tensors", job->tensor_count);
  for (uint32_t i = 0; i < job->tensor_count; i++) {
    if (!tensor_read(r, &job->tensors[i], problem)) return 0;
    job->sample_count += job->tensors[i].sample_count;
  }
  return 1;
}

int timing_read(struct reader *r, struct timing *t, char problem[MESSAGE]) {
  t->repeats = get_u32(r);
  t->number = get_u32(r);
  t->min_seconds = get_f64(r);
  t->stop_seconds = get_f64(r);
  t->flush = get_u8(r);
  if (r->bad) return refuse(problem, "timing options cut short", 0);
  if (!(t->min_seconds >= 0 && t->min_seconds <= 60)) return refuse(problem, "bad length of a section", 0);
  if (t->repeats > MAX_REPEATS || t->number < 1 || t->number > MAX_NUMBER) return refuse(problem, "bad number of repeats or calls", t->repeats);
  return 1;
}

int job_load(struct job *job, char problem[MESSAGE]) {
  job->handle = dlopen(job->library, RTLD_NOW | RTLD_LOCAL);
  if (!job->handle) { const char *e = dlerror(); snprintf(problem, MESSAGE, "%s", e ? e : "dlopen failed"); return 0; }
  void *symbol = dlsym(job->handle, job->symbol);
  if (!symbol) { snprintf(problem, MESSAGE, "the library has no symbol %s", job->symbol); return 0; }
  memcpy(&job->kernel, &symbol, sizeof symbol);
  return 1;
}

int job_prepare(struct job *job, const int *cpus, int cpu_count, char problem[MESSAGE]) {
  for (uint32_t i = 0; i < job->tensor_count; i++) {
    struct tensor *t = &job->tensors[i];
    if (t->fill == FILL_STORED && !t->output) {
      t->data = store_get(t->stored)->data;
      t->in_use = 1;
      store_use(t->stored, 1);
    } else {
      t->region = region_create(t->bytes, 0);
      t->data = t->region.data;
      if (!t->data) return refuse(problem, "cannot allocate a tensor of that many bytes", t->bytes);
      if (t->fill == FILL_RANDOM) fill_random(t->data, t->dtype, t->bytes, t->seed, t->low, t->high, &t->order);
      else if (t->fill == FILL_STORED) memcpy(t->data, store_get(t->stored)->data, t->bytes);
      else if (t->fill == FILL_POISON) memset(t->data, 0xff, t->bytes); /* NaN, or -1 */
    }
    job->arguments[i] = t->data;
  }
  uint64_t bytes = job->shared_bytes + job->thread_bytes * job->threads;
  job->workspace = region_create(bytes, 0);
  if (!job->workspace.data) return refuse(problem, "cannot allocate a workspace of that many bytes", bytes);
  memset(job->workspace.data, 0xff, bytes);
  job->pool = pool_start((int)job->threads, cpus, job->pin ? cpu_count : 0);
  if (!job->pool) return refuse(problem, "cannot start that many threads", job->threads);
  return 1;
}

void job_call(struct job *job) {
  job->kernel(pool_host(job->pool), job->arguments, job->workspace.data);
}

uint32_t job_time(struct job *job, struct timing *t, double *seconds) {
  uint32_t done = 0;
  while (done < t->repeats) {
    double elapsed;
    for (;;) {
      if (t->flush)
        for (uint32_t i = 0; i < job->tensor_count; i++)
          if (job->tensors[i].flush) cache_flush(job->tensors[i].data, job->tensors[i].bytes);
      pool_wake(job->pool);
      double start = now_seconds();
      for (uint32_t k = 0; k < t->number; k++) job_call(job);
      elapsed = now_seconds() - start;
      if (elapsed >= t->min_seconds) break;
      double grown = t->min_seconds / (elapsed / t->number + 1e-12) + 1, least = t->number * 1.618 + 1;
      grown = grown > least ? grown : least;
      if (grown > 1e9) break;
      t->number = (uint32_t)grown;
    }
    seconds[done++] = elapsed / t->number;
    if (t->stop_seconds > 0 && seconds[done - 1] > t->stop_seconds) break;
  }
  return done;
}

int timing_hopeless(const struct timing *t, double first_seconds) {
  return t->stop_seconds > 0 && first_seconds > 4 * t->stop_seconds + 1e-3;
}

void job_free(struct job *job) {
  if (job->pool) pool_stop(job->pool);
  for (uint32_t i = 0; job->tensors && i < job->tensor_count; i++) {
    if (job->tensors[i].in_use) store_use(job->tensors[i].stored, -1);
    region_free(&job->tensors[i].region);
    free(job->tensors[i].samples);
    free(job->tensors[i].order.loops);
  }
  region_free(&job->workspace);
  free(job->tensors);
  free(job->arguments);
  if (job->handle) dlclose(job->handle);
  memset(job, 0, sizeof *job);
}
