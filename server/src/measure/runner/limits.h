/* Limits of candidates and compilers. */
#ifndef ANSOR_LIMITS_H
#define ANSOR_LIMITS_H
#include <stdint.h>

/* For a child process that will run a candidate for at most so many seconds on so many threads. There is no way back. */
void confine_candidate(double seconds, unsigned threads);
/* Of a compiler: bytes of address space and of a file, open files, seconds of processor time. */
struct limits { uint64_t memory, file, files, processor_seconds; };
/* For a child process that will become a compiler. */
void confine_compiler(const struct limits *l);
#endif
