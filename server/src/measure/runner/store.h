/* Tensor memory: 64-byte aligned, its end against a page that may not be touched; and the buffers that the parent keeps. */
#ifndef ANSOR_STORE_H
#define ANSOR_STORE_H
#include <stddef.h>
#include <stdint.h>

struct region { unsigned char *data; uint64_t bytes; void *map; size_t map_bytes; int uses; };
/* Zeroed; data is NULL if there is not enough memory. `shared` memory is seen by parent and child alike. */
struct region region_create(uint64_t bytes, int shared);
void region_free(struct region *r);

/* Kept buffers, by the caller's numbers (from 1). A forked child sees them copy-on-write. */
const struct region *store_get(uint32_t id);
/* Replaces what was there. 0, and the region stays the caller's, if the number is bad or its buffer is in use. */
int store_put(uint32_t id, struct region region);
/* 0 if it is in use. */
int store_drop(uint32_t id);
/* Counts functions that work on the buffer's own memory: +1 or -1. */
void store_use(uint32_t id, int change);
/* In an isolated child: writing to kept buffers is a fault from here on. */
void store_protect(void);
#endif
