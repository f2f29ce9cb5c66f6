/* Answers to requests: each reads its payload, writes a reply's payload, and returns 0 with `problem` for an error reply. */
#ifndef ANSOR_REQUESTS_H
#define ANSOR_REQUESTS_H
#include "job.h"

struct machine { int cpus[1024]; int cpu_count, physical; };

/* One candidate in a child process (isolate.c). */
int answer_run(const struct machine *m, struct reader *r, struct writer *w, char problem[MESSAGE]);
/* Functions kept loaded in this process, for networks; each has a handle (resident.c). */
int answer_open(const struct machine *m, struct reader *r, struct writer *w, char problem[MESSAGE]);
int answer_call(struct reader *r, struct writer *w, char problem[MESSAGE]);
int answer_close(struct reader *r, struct writer *w, char problem[MESSAGE]);
/* The tensor of an open function, or NULL. */
struct tensor *resident_tensor(uint32_t handle, uint32_t index);
/* The other job of this program: starts compilers (launch.c). */
int launch(void);
#endif
