#include "wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int need(struct reader *r, size_t n) {
  if (r->bad || (size_t)(r->end - r->at) < n) { r->bad = 1; return 0; }
  return 1;
}

uint8_t get_u8(struct reader *r) { return need(r, 1) ? *r->at++ : 0; }

static uint64_t get_little(struct reader *r, int n) {
  uint64_t v = 0;
  if (!need(r, (size_t)n)) return 0;
  for (int i = 0; i < n; i++) v |= (uint64_t)r->at[i] << (8 * i);
  r->at += n;
  return v;
}

uint32_t get_u32(struct reader *r) { return (uint32_t)get_little(r, 4); }
uint64_t get_u64(struct reader *r) { return get_little(r, 8); }

double get_f64(struct reader *r) {
  uint64_t bits = get_u64(r);
  double v;
  memcpy(&v, &bits, 8);
  return v;
}

void get_text(struct reader *r, char *out, size_t cap) {
  uint32_t n = get_u32(r);
  out[0] = 0;
  if (n >= cap || !need(r, n) || memchr(r->at, 0, n)) { r->bad = 1; return; }
  memcpy(out, r->at, n);
  out[n] = 0;
  r->at += n;
}

void put_bytes(struct writer *w, const void *bytes, size_t size) {
  if (w->size + size > w->cap) {
    size_t cap = (w->size + size) * 2 + 256;
    unsigned char *data = realloc(w->data, cap);
    if (!data) abort();
    w->data = data;
    w->cap = cap;
  }
  if (size) memcpy(w->data + w->size, bytes, size);
  w->size += size;
}

static void put_little(struct writer *w, uint64_t v, int n) {
  unsigned char b[8];
  for (int i = 0; i < n; i++) b[i] = (unsigned char)(v >> (8 * i));
  put_bytes(w, b, (size_t)n);
}

void put_u8(struct writer *w, uint8_t v) { put_little(w, v, 1); }
void put_u32(struct writer *w, uint32_t v) { put_little(w, v, 4); }
void put_u64(struct writer *w, uint64_t v) { put_little(w, v, 8); }

void put_f64(struct writer *w, double v) {
  uint64_t bits;
  memcpy(&bits, &v, 8);
  put_u64(w, bits);
}

void put_text(struct writer *w, const char *text) {
  size_t n = strlen(text);
  put_u32(w, (uint32_t)n);
  put_bytes(w, text, n);
}

/* Bytes read; fewer than n only at the end of input. */
static size_t read_all(unsigned char *to, size_t n) {
  size_t got = 0;
  while (got < n) {
    ssize_t k = read(0, to + got, n - got);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) break;
    got += (size_t)k;
  }
  return got;
}

int frame_read(struct frame *f) {
  unsigned char head[WIRE_HEADER];
  /* The magic word first: what is not ours is refused without waiting for a whole header. */
  size_t got = read_all(head, 4);
  if (got == 0) return 0;
  struct reader r = {head, head + WIRE_HEADER, 0};
  if (got < 4 || get_u32(&r) != WIRE_MAGIC || read_all(head + 4, WIRE_HEADER - 4) < WIRE_HEADER - 4) return -1;
  f->type = get_u32(&r);
  f->id = get_u32(&r);
  f->size = get_u32(&r);
  if (f->size > WIRE_LIMIT) return -1;
  if (f->size > f->cap) {
    free(f->payload);
    f->payload = malloc(f->size);
    f->cap = f->payload ? f->size : 0;
    if (!f->payload) return -1;
  }
  return read_all(f->payload, f->size) == f->size ? 1 : -1;
}

static int write_all(const unsigned char *from, size_t n) {
  while (n) {
    ssize_t k = write(1, from, n);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) return 0;
    from += k;
    n -= (size_t)k;
  }
  return 1;
}

int frame_write(uint32_t type, uint32_t id, const void *payload, size_t size) {
  struct writer w = {0};
  put_u32(&w, WIRE_MAGIC);
  put_u32(&w, type);
  put_u32(&w, id);
  put_u32(&w, (uint32_t)size);
  int fine;
  if (size <= 65536) { /* one system call for the common small frame */
    put_bytes(&w, payload, size);
    fine = write_all(w.data, w.size);
  } else fine = write_all(w.data, w.size) && write_all(payload, size);
  free(w.data);
  return fine;
}
