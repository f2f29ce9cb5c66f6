#define _GNU_SOURCE
#include "store.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_ID = 1 << 20, HUGE_PAGE = 2 << 20 };
static struct region *kept;
static uint32_t kept_count;

struct region region_create(uint64_t bytes, int shared) {
  struct region r = {0};
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (bytes > (uint64_t)1 << 46) return r;
  size_t body = (size_t)((bytes + 63) / 64 * 64), pages = (body + page - 1) / page * page;
  /* Large regions begin at a huge page's boundary: fewer misses of the address cache, and times that depend less on luck. */
  size_t huge = pages >= HUGE_PAGE && !shared ? HUGE_PAGE : 0;
  r.map_bytes = pages + 2 * page + huge;
  r.map = mmap(NULL, r.map_bytes, PROT_NONE, (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
  if (r.map == MAP_FAILED) return (struct region){0};
  unsigned char *first = (unsigned char *)r.map + page;
  if (huge) first = (unsigned char *)(((uintptr_t)first + huge - 1) / huge * huge);
  if (pages && mprotect(first, pages, PROT_READ | PROT_WRITE)) {
    munmap(r.map, r.map_bytes);
    return (struct region){0};
  }
#ifdef MADV_HUGEPAGE
  if (huge) madvise(first, pages, MADV_HUGEPAGE);
#endif
  r.data = first + (pages - body);
  r.bytes = bytes;
  return r;
}

void region_free(struct region *r) {
  if (r->map) munmap(r->map, r->map_bytes);
  *r = (struct region){0};
}

const struct region *store_get(uint32_t id) {
  return id > 0 && id < kept_count && kept[id].map ? &kept[id] : NULL;
}

int store_put(uint32_t id, struct region region) {
  if (id == 0 || id >= MAX_ID) return 0;
  if (id >= kept_count) {
    uint32_t count = id * 2 + 16;
    struct region *grown = realloc(kept, count * sizeof *kept);
    if (!grown) return 0;
    memset(grown + kept_count, 0, (count - kept_count) * sizeof *kept);
    kept = grown;
    kept_count = count;
  }
  if (kept[id].uses) return 0;
  region_free(&kept[id]);
  kept[id] = region;
  return 1;
}

int store_drop(uint32_t id) {
  if (!store_get(id)) return 1;
  if (kept[id].uses) return 0;
  region_free(&kept[id]);
  return 1;
}

void store_use(uint32_t id, int change) {
  if (store_get(id)) kept[id].uses += change;
}

void store_protect(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (uint32_t id = 1; id < kept_count; id++)
    if (kept[id].map && kept[id].map_bytes > 2 * page) mprotect((char *)kept[id].map + page, kept[id].map_bytes - 2 * page, PROT_READ);
}
