/*
 * The runner: loads and times kernels on the machine it runs on, asked over standard input and output.
 * Needs nothing but libc and POSIX threads; started by hand it answers frames only (see wire.h).
 */
#include "cache.h"
#include "element.h"
#include "os.h"
#include "requests.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hello(const struct machine *m, struct writer *w) {
  char name[256], features[8192];
  os_cpu_text(name, sizeof name, features, sizeof features);
  put_u32(w, WIRE_VERSION);
  put_u32(w, (uint32_t)m->cpu_count);
  put_u32(w, (uint32_t)m->physical);
  put_u32(w, (uint32_t)cache_flush_kind());
  put_u32(w, (uint32_t)cache_line_bytes());
  put_u64(w, os_memory_bytes());
  put_text(w, os_name());
#if defined(__x86_64__)
  put_text(w, "x86_64");
#elif defined(__aarch64__)
  put_text(w, "aarch64");
#else
  put_text(w, "other");
#endif
  put_text(w, name);
  put_text(w, features);
}

static int say(char problem[MESSAGE], const char *text) { snprintf(problem, MESSAGE, "%s", text); return 0; }

/* A buffer that could not stay in memory is refused before the system is brought to its knees. */
static struct region roomy_region(uint64_t bytes) {
  return bytes > os_memory_bytes() / 2 ? (struct region){0} : region_create(bytes, 0);
}

/* id, total bytes, offset, data: the first piece (offset 0) makes the buffer. */
static int answer_store(struct reader *r, char problem[MESSAGE]) {
  uint32_t id = get_u32(r);
  uint64_t total = get_u64(r), offset = get_u64(r), size = (uint64_t)(r->end - r->at);
  if (r->bad) return say(problem, "request cut short");
  const struct region *old = store_get(id);
  if (offset == 0 && !(old && old->bytes == total)) { /* one of equal size is overwritten: an open function may work on it */
    struct region region = roomy_region(total);
    if (!region.data) return say(problem, "no memory for the buffer");
    if (!store_put(id, region)) { region_free(&region); return say(problem, "bad buffer number, or the buffer is in use"); }
  }
  const struct region *b = store_get(id);
  if (!b || b->bytes != total || offset > total || size > total - offset) return say(problem, "data outside the buffer");
  memcpy(b->data + offset, r->at, size);
  return 1;
}

static int answer_fill(struct reader *r, char problem[MESSAGE]) {
  uint32_t id = get_u32(r);
  uint64_t bytes = get_u64(r);
  uint8_t dtype = get_u8(r);
  uint32_t seed = get_u32(r);
  double low = get_f64(r), high = get_f64(r);
  if (r->bad || dtype >= D_COUNT || bytes % dtype_bytes(dtype)) return say(problem, "bad fill request");
  const struct region *old = store_get(id);
  if (old && old->bytes == bytes) {
    fill_random(old->data, dtype, bytes, seed, low, high, NULL);
    return 1;
  }
  struct region region = roomy_region(bytes);
  if (!region.data) return say(problem, "no memory for the buffer");
  fill_random(region.data, dtype, bytes, seed, low, high, NULL);
  if (!store_put(id, region)) { region_free(&region); return say(problem, "bad buffer number, or the buffer is in use"); }
  return 1;
}

/* kind (0: kept buffer, 1: tensor of an open function), number, and the function's handle; NULL if there is none. */
static const unsigned char *find(struct reader *r, uint64_t *bytes) {
  uint8_t kind = get_u8(r);
  uint32_t id = get_u32(r);
  uint32_t handle = get_u32(r);
  const struct region *b = kind == 0 ? store_get(id) : NULL;
  const struct tensor *t = kind == 1 ? resident_tensor(handle, id) : NULL;
  *bytes = b ? b->bytes : t ? t->bytes : 0;
  return b ? b->data : t ? t->data : NULL;
}

static int answer_size(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  uint64_t bytes;
  if (!find(r, &bytes)) return say(problem, "no such tensor");
  put_u64(w, bytes);
  return 1;
}

/* What `find` reads, then offset, length. */
static int answer_read(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  uint64_t bytes;
  const unsigned char *data = find(r, &bytes);
  uint64_t offset = get_u64(r), length = get_u64(r);
  if (r->bad || !data || length > WIRE_LIMIT || offset > bytes || length > bytes - offset) return say(problem, "nothing there to read");
  put_bytes(w, data + offset, (size_t)length);
  return 1;
}

static int answer(const struct machine *m, const struct frame *f, struct writer *w, char problem[MESSAGE]) {
  struct reader r = {f->payload, f->payload + f->size, 0};
  switch (f->type) {
    case M_HELLO: hello(m, w); return 1;
    case M_STORE: return answer_store(&r, problem);
    case M_FILL: return answer_fill(&r, problem);
    case M_READ: return answer_read(&r, w, problem);
    case M_SIZE: return answer_size(&r, w, problem);
    case M_DROP: return store_drop(get_u32(&r)) || say(problem, "the buffer is in use");
    case M_RUN: return answer_run(m, &r, w, problem);
    case M_OPEN: return answer_open(m, &r, w, problem);
    case M_CALL: return answer_call(&r, w, problem);
    case M_CLOSE: return answer_close(&r, w, problem);
    default: return say(problem, "unknown request");
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "--launch")) return launch();
  static struct machine machine;
  static struct frame f;
  struct machine *m = &machine;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN); /* Ctrl-C in a terminal reaches all processes; the session decides what becomes of it. */
  os_die_with_parent(getppid());
  m->cpu_count = os_cpus(m->cpus, 1024, &m->physical);
  if (m->cpu_count > 1024) m->cpu_count = 1024;
  for (;;) {
    int got = frame_read(&f);
    if (got == 0) return 0;
    struct writer w = {0};
    char problem[MESSAGE] = "not a frame of this protocol";
    int fine = got > 0 && answer(m, &f, &w, problem);
    if (!fine) {
      w.size = 0;
      put_text(&w, problem);
    }
    int sent = frame_write(fine ? f.type | M_REPLY : M_ERROR, got > 0 ? f.id : 0, w.data, w.size);
    free(w.data);
    if (got < 0) return 2;
    if (!sent) return 0;
  }
}
