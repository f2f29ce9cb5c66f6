/* What differs between operating systems; one file each (os_linux.c, os_darwin.c). */
#ifndef ANSOR_OS_H
#define ANSOR_OS_H
#include <stddef.h>
#include <stdint.h>

/* The processors this process may use: one of each physical core first. Returns how many there are; fills at most `cap`. */
int os_cpus(int *cpus, int cap, int *physical);
/* Binds the calling thread to one processor; cpu < 0 lets it use all of `cpus` again. */
void os_pin(int cpu, const int *cpus, int count);
/* The calling process dies with its parent (process id `parent`), where the system can arrange that. */
void os_die_with_parent(long parent);
/* Limits the address space to what is in use now plus `extra` bytes, where the system enforces such limits. */
void os_limit_memory(uint64_t extra);
/* From now on the calling process can start no process, signal none but itself and write no file, where the system can arrange that; else 0. */
int os_confine(void);
/* Processes and threads that exist now; 0 where unknown. */
uint64_t os_process_count(void);
/* The processor's name and its feature words, separated by spaces. */
void os_cpu_text(char *name, size_t name_cap, char *features, size_t features_cap);
uint64_t os_memory_bytes(void);
/* Clock ticks that a hypervisor took away since boot, all processors together; 0 where unknown. */
uint64_t os_steal_ticks(void);
const char *os_name(void);
#endif
