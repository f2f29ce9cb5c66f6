/* Linux: affinity, parent-death signal, limits, /proc. */
#ifdef __linux__
#define _GNU_SOURCE
#include "os.h"
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Position of `cpu` among the threads of its core (0 = first); 0 if the topology is not known. */
static int sibling_rank(int cpu) {
  char path[96], text[256];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  FILE *f = fopen(path, "r");
  if (!f) return 0;
  int rank = 0;
  if (fgets(text, sizeof text, f)) {
    for (char *at = text; *at && *at != '\n';) {
      char *end;
      long first = strtol(at, &end, 10), last = first;
      if (end == at) break;
      if (*end == '-') last = strtol(end + 1, &end, 10);
      for (long c = first; c <= last && c < cpu; c++) rank++;
      if (last >= cpu) break;
      at = *end == ',' ? end + 1 : end;
    }
  }
  fclose(f);
  return rank;
}

int os_cpus(int *cpus, int cap, int *physical) {
  cpu_set_t set;
  CPU_ZERO(&set);
  *physical = 0;
  if (sched_getaffinity(0, sizeof set, &set)) { *physical = 1; if (cap) cpus[0] = 0; return 1; }
  int total = CPU_COUNT(&set), filled = 0;
  /* From the last processor down: the first ones serve most interrupts. */
  for (int rank = 0; rank < 8 && filled < total; rank++) {
    for (int c = CPU_SETSIZE - 1; c >= 0; c--) {
      if (!CPU_ISSET(c, &set) || sibling_rank(c) != rank) continue;
      if (filled < cap) cpus[filled] = c;
      filled++;
    }
    if (rank == 0) *physical = filled;
  }
  return filled;
}

void os_pin(int cpu, const int *cpus, int count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu >= 0) CPU_SET(cpu, &set);
  else for (int i = 0; i < count; i++) CPU_SET(cpus[i], &set);
  sched_setaffinity(0, sizeof set, &set);
}

void os_die_with_parent(long parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) raise(SIGKILL);
}

void os_limit_memory(uint64_t extra) {
  unsigned long long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f) return;
  if (fscanf(f, "%llu", &pages) == 1) {
    struct rlimit limit;
    limit.rlim_cur = limit.rlim_max = (rlim_t)(pages * (uint64_t)sysconf(_SC_PAGESIZE) + extra);
    setrlimit(RLIMIT_AS, &limit);
  }
  fclose(f);
}

uint64_t os_process_count(void) {
  unsigned long long running, all = 0;
  FILE *f = fopen("/proc/loadavg", "r");
  if (!f) return 0;
  int got = fscanf(f, "%*s %*s %*s %llu/%llu", &running, &all);
  fclose(f);
  return got == 2 ? all : 0;
}

void os_cpu_text(char *name, size_t name_cap, char *features, size_t features_cap) {
  static char line[16384];
  name[0] = features[0] = 0;
  FILE *f = fopen("/proc/cpuinfo", "r");
  if (!f) return;
  while (fgets(line, sizeof line, f) && !(name[0] && features[0])) {
    char *colon = strchr(line, ':');
    if (!colon) continue;
    char *value = colon + 1;
    while (*value == ' ' || *value == '\t') value++;
    value[strcspn(value, "\n")] = 0;
    if (!name[0] && (!strncmp(line, "model name", 10) || !strncmp(line, "CPU part", 8))) snprintf(name, name_cap, "%s", value);
    if (!features[0] && (!strncmp(line, "flags", 5) || !strncmp(line, "Features", 8))) snprintf(features, features_cap, "%s", value);
  }
  fclose(f);
}

uint64_t os_memory_bytes(void) {
  return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t os_steal_ticks(void) {
  unsigned long long v[8] = {0};
  FILE *f = fopen("/proc/stat", "r");
  if (!f) return 0;
  int got = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7);
  fclose(f);
  return got == 8 ? v[7] : 0;
}

const char *os_name(void) { return "linux"; }
#endif
