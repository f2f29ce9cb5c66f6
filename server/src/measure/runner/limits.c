/*
 * What a process of ours may use. A candidate is confined before its library is loaded: it can start no process, signal none but itself,
 * and open nothing for writing. A compiler runs under limits that it keeps with all that it starts (launch.c).
 */
#define _GNU_SOURCE
#include "limits.h"
#include "os.h"
#include <sys/resource.h>

enum { CANDIDATE_FILES = 64 };

static void limit(int which, uint64_t value) {
  struct rlimit now;
  if (getrlimit(which, &now)) return;
  rlim_t wanted = now.rlim_max != RLIM_INFINITY && value > now.rlim_max ? now.rlim_max : (rlim_t)value;
  now.rlim_cur = now.rlim_max = wanted;
  setrlimit(which, &now);
}

void confine_candidate(double seconds, unsigned threads) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, CANDIDATE_FILES);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, (uint64_t)((seconds + 2) * threads) + 1);
  os_confine();
}

void confine_compiler(const struct limits *l) {
  limit(RLIMIT_CORE, 0);
#ifdef RLIMIT_AS
  limit(RLIMIT_AS, l->memory);
#endif
  limit(RLIMIT_FSIZE, l->file);
  limit(RLIMIT_NOFILE, l->files);
  limit(RLIMIT_CPU, l->processor_seconds);
#ifdef RLIMIT_NPROC
  uint64_t others = os_process_count();
  if (others) limit(RLIMIT_NPROC, others + 256);
#endif
}
