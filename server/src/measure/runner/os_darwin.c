/* macOS: no affinity and no parent-death signal; the caller's time limit bounds orphans. */
#ifdef __APPLE__
#include "os.h"
#include <stdio.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <unistd.h>

int os_cpus(int *cpus, int cap, int *physical) {
  int logical = 1;
  size_t size = sizeof logical;
  sysctlbyname("hw.logicalcpu", &logical, &size, NULL, 0);
  *physical = logical;
  size = sizeof *physical;
  sysctlbyname("hw.physicalcpu", physical, &size, NULL, 0);
  for (int i = 0; i < logical && i < cap; i++) cpus[i] = i;
  return logical;
}

void os_pin(int cpu, const int *cpus, int count) { (void)cpu; (void)cpus; (void)count; }
void os_die_with_parent(long parent) { (void)parent; }
void os_limit_memory(uint64_t extra) { (void)extra; }

int os_confine(void) {
  struct rlimit none = {0, 0};
  return !setrlimit(RLIMIT_NPROC, &none); /* counts processes, not threads */
}

uint64_t os_process_count(void) { return 0; }

void os_cpu_text(char *name, size_t name_cap, char *features, size_t features_cap) {
  size_t size = name_cap;
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, NULL, 0)) snprintf(name, name_cap, "unknown");
  size = features_cap;
  if (sysctlbyname("machdep.cpu.features", features, &size, NULL, 0)) features[0] = 0;
}

uint64_t os_memory_bytes(void) {
  uint64_t bytes = 0;
  size_t size = sizeof bytes;
  sysctlbyname("hw.memsize", &bytes, &size, NULL, 0);
  return bytes;
}

uint64_t os_steal_ticks(void) { return 0; }
const char *os_name(void) { return "darwin"; }
#endif
