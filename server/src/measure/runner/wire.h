/*
 * Frames over standard input and output, little-endian (documented in wire.ts):
 * u32 magic, u32 type, u32 request id, u32 payload length, payload.
 */
#ifndef ANSOR_WIRE_H
#define ANSOR_WIRE_H
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 3, WIRE_MAGIC = 0x52534e41, WIRE_HEADER = 16, WIRE_LIMIT = 16 << 20 };
enum message {
  M_HELLO = 1, M_STORE, M_FILL, M_READ, M_DROP, M_RUN, M_OPEN, M_CALL, M_CLOSE, M_SIZE,
  M_START, M_WAIT, /* of `runner --launch` (launch.c) */
  M_REPLY = 0x80, M_ERROR = 0xff
};

/* A cursor over a payload; reading past the end sets `bad` and yields zeros. */
struct reader { const unsigned char *at, *end; int bad; };
uint8_t get_u8(struct reader *r);
uint32_t get_u32(struct reader *r);
uint64_t get_u64(struct reader *r);
double get_f64(struct reader *r);
/* u32 length and that many bytes; longer than cap - 1, or with a zero byte inside, is bad. */
void get_text(struct reader *r, char *out, size_t cap);

struct writer { unsigned char *data; size_t size, cap; };
void put_u8(struct writer *w, uint8_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
void put_f64(struct writer *w, double v);
void put_text(struct writer *w, const char *text);
void put_bytes(struct writer *w, const void *bytes, size_t size);

struct frame { uint32_t type, id; unsigned char *payload; uint32_t size; size_t cap; };
/* 1: a frame was read; 0: end of input between frames; -1: not a frame of ours. */
int frame_read(struct frame *f);
/* 0 if the other side is gone. */
int frame_write(uint32_t type, uint32_t id, const void *payload, size_t size);
#endif
