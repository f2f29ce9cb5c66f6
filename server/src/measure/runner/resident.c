/* A function that stays loaded in this process and is called again and again: networks. A crash here ends the runner. */
#include "requests.h"
#include <stdio.h>
#include <stdlib.h>

static struct job open_job;
static int is_open;

int answer_open(const struct machine *m, struct reader *r, struct writer *w, char problem[MESSAGE]) {
  (void)w;
  if (is_open) { job_free(&open_job); is_open = 0; }
  is_open = job_read(r, &open_job, problem) && job_load(&open_job, problem) && job_prepare(&open_job, m->cpus, m->cpu_count, problem);
  if (!is_open) job_free(&open_job);
  return is_open;
}

int answer_call(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  struct timing t = {0};
  if (!timing_read(r, &t, problem)) return 0;
  if (!is_open) { snprintf(problem, MESSAGE, "nothing is open"); return 0; }
  double *seconds = calloc(t.repeats + 1, sizeof *seconds);
  if (!seconds) { snprintf(problem, MESSAGE, "no memory for times"); return 0; }
  uint32_t done = job_time(&open_job, &t, seconds);
  put_u32(w, done);
  for (uint32_t i = 0; i < done; i++) put_f64(w, seconds[i]);
  free(seconds);
  return 1;
}

int answer_close(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  (void)r; (void)w; (void)problem;
  if (is_open) job_free(&open_job);
  is_open = 0;
  return 1;
}

struct tensor *resident_tensor(uint32_t index) {
  return is_open && index < open_job.tensor_count ? &open_job.tensors[index] : NULL;
}
