/*
 * What a process of ours may use. A candidate is confined before its library is loaded: it can start no process, signal none but itself,
 * and open nothing for writing. A compiler runs under limits that it keeps with all that it starts (`runner --limited`).
 */
#define _GNU_SOURCE
#include "limits.h"
#include "os.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

/* --limited MEMORY FILE_SIZE FILES CPU_SECONDS PROGRAM ARGUMENTS: bytes, bytes, number, seconds. */
int limited(int argc, char **argv) {
  if (argc < 7) return 2;
  os_die_with_parent(getppid());
  limit(RLIMIT_CORE, 0);
#ifdef RLIMIT_AS
  limit(RLIMIT_AS, strtoull(argv[2], NULL, 10));
#endif
  limit(RLIMIT_FSIZE, strtoull(argv[3], NULL, 10));
  limit(RLIMIT_NOFILE, strtoull(argv[4], NULL, 10));
  limit(RLIMIT_CPU, strtoull(argv[5], NULL, 10));
#ifdef RLIMIT_NPROC
  uint64_t others = os_process_count();
  if (others) limit(RLIMIT_NPROC, others + 256);
#endif
  execvp(argv[6], argv + 6);
  perror(argv[6]);
  return 127;
}
