/* Functions that stay loaded in this process and are called again and again: networks, several side by side. A crash here ends the runner. */
#include "requests.h"
#include <stdio.h>
#include <stdlib.h>

enum { MOST_OPEN = 64 };

/* By handle. */
static struct { struct job job; int open; } residents[MOST_OPEN];

static struct job *resident(uint32_t handle) {
  return handle < MOST_OPEN && residents[handle].open ? &residents[handle].job : NULL;
}

int answer_open(const struct machine *m, struct reader *r, struct writer *w, char problem[MESSAGE]) {
  uint32_t handle = 0;
  while (handle < MOST_OPEN && residents[handle].open) handle++;
  if (handle == MOST_OPEN) { snprintf(problem, MESSAGE, "%d functions are open already", MOST_OPEN); return 0; }
  struct job *job = &residents[handle].job;
  int fine = job_read(r, job, problem) && job_load(job, problem) && job_prepare(job, m->cpus, m->cpu_count, problem);
  residents[handle].open = fine;
  if (!fine) job_free(job);
  put_u32(w, handle);
  return fine;
}

int answer_call(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  struct job *job = resident(get_u32(r));
  struct timing t = {0};
  if (!timing_read(r, &t, problem)) return 0;
  if (!job) { snprintf(problem, MESSAGE, "no such function is open"); return 0; }
  double *seconds = calloc(t.repeats + 1, sizeof *seconds);
  if (!seconds) { snprintf(problem, MESSAGE, "no memory for times"); return 0; }
  uint32_t done = job_time(job, &t, seconds);
  put_u32(w, done);
  for (uint32_t i = 0; i < done; i++) put_f64(w, seconds[i]);
  free(seconds);
  return 1;
}

int answer_close(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  (void)w; (void)problem;
  uint32_t handle = get_u32(r);
  struct job *job = resident(handle);
  if (!job) return 1;
  job_free(job);
  residents[handle].open = 0;
  return 1;
}

struct tensor *resident_tensor(uint32_t handle, uint32_t index) {
  struct job *job = resident(handle);
  return job && index < job->tensor_count ? &job->tensors[index] : NULL;
}
