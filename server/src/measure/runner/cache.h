/* Throws a tensor out of the caches before a timed call. */
#ifndef ANSOR_CACHE_H
#define ANSOR_CACHE_H
#include <stddef.h>
/* 0: this processor's caches cannot be flushed from here; 1: slowly (clflush); 2: fast. */
int cache_flush_kind(void);
int cache_line_bytes(void);
void cache_flush(const void *data, size_t bytes);
#endif
