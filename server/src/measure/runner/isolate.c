/*
 * One candidate in a forked child: whatever it does, this process answers. The child reports through shared memory,
 * of which the parent trusts nothing but numbers within bounds that it set itself.
 */
#define _GNU_SOURCE
#include "element.h"
#include "limits.h"
#include "os.h"
#include "requests.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum stage { S_START, S_LOAD, S_PREPARE, S_WARM, S_TIMED, S_CHECK, S_DONE };
/* Record error numbers (spec measure). */
enum status { OK = 0, LOAD = 3, CRASH = 4, WRONG = 5, TIMEOUT = 7 };

struct report {
  volatile uint32_t stage, failed, time_count, number;
  double fill_seconds;
  char message[MESSAGE];
};

/* What the child writes: a report, then times, comparisons (one per tensor), samples. */
struct shared { struct region region; struct report *report; double *times, *samples; struct comparison *compared; };

static struct shared shared_create(const struct job *job, const struct timing *t) {
  struct shared s = {0};
  uint64_t at_times = (sizeof(struct report) + 63) / 64 * 64, at_compared = at_times + 8ull * t->repeats;
  uint64_t at_samples = at_compared + sizeof(struct comparison) * (uint64_t)job->tensor_count;
  s.region = region_create(at_samples + 8ull * job->sample_count, 1);
  if (!s.region.data) return s;
  s.report = (struct report *)s.region.data;
  s.times = (double *)(s.region.data + at_times);
  s.compared = (struct comparison *)(s.region.data + at_compared);
  s.samples = (double *)(s.region.data + at_samples);
  return s;
}

static void child(long parent, const struct machine *m, struct job *job, struct timing *t, struct shared *s, struct region *kept, double timeout, uint64_t memory) {
  struct report *report = s->report;
  char problem[MESSAGE] = "";
  os_die_with_parent(parent);
  setpgid(0, 0);
  uint64_t tensors = job->shared_bytes + job->thread_bytes * job->threads;
  for (uint32_t i = 0; i < job->tensor_count; i++) tensors += job->tensors[i].bytes + 16384;
  os_limit_memory(memory + tensors + (uint64_t)job->threads * (80ull << 20));
  int sink = open("/dev/null", O_RDWR);
  dup2(sink, 0);
  dup2(sink, 1);
  dup2(sink, 2);
  alarm((unsigned)timeout + 2); /* should the parent be stopped */
  store_protect();
  confine_candidate(timeout, job->threads);
  report->stage = S_LOAD;
  int fine = job_load(job, problem);
  if (fine) {
    report->stage = S_PREPARE;
    double start = now_seconds();
    fine = job_prepare(job, m->cpus, m->cpu_count, problem);
    report->fill_seconds = now_seconds() - start;
  }
  if (!fine) {
    memcpy(report->message, problem, MESSAGE);
    report->failed = 1;
    _exit(0);
  }
  report->stage = S_WARM;
  double first = now_seconds();
  job_call(job);
  first = now_seconds() - first;
  report->stage = S_TIMED;
  /* Of what is hopeless even so, the first call is enough. */
  if (t->repeats && timing_hopeless(t, first)) s->times[report->time_count++] = first;
  else report->time_count = job_time(job, t, s->times);
  report->number = t->number;
  report->stage = S_CHECK;
  double *sample = s->samples;
  for (uint32_t i = 0; i < job->tensor_count; i++) {
    struct tensor *x = &job->tensors[i];
    if (x->reference) s->compared[i] = compare(x->data, store_get(x->reference)->data, x->dtype, x->bytes, x->atol, x->rtol);
    for (uint32_t k = 0; k < x->sample_count; k++) *sample++ = element_get(x->data, x->dtype, x->samples[k]);
    if (kept[i].data) memcpy(kept[i].data, x->data, x->bytes);
  }
  report->stage = S_DONE;
  _exit(0);
}

/* Waits for the child's end; at the limit, or when the one who asked is gone, kills it. Returns 0 on time-out. */
static int supervise(pid_t pid, int alive, double timeout, int *status) {
  double end = now_seconds() + timeout;
  int in_time = 1;
  for (;;) {
    double left = end - now_seconds();
    struct pollfd fds[2] = {{alive, POLLIN, 0}, {0, 0, 0}};
    int n = left > 0 ? poll(fds, 2, (int)(left * 1000) + 1) : 0;
    if (n > 0 && (fds[0].revents & (POLLHUP | POLLIN | POLLERR))) break;
    if (n > 0 && (fds[1].revents & (POLLHUP | POLLERR))) { kill(-pid, SIGKILL); kill(pid, SIGKILL); break; }
    if (n <= 0 && now_seconds() >= end) { in_time = 0; break; }
  }
  if (!in_time) { kill(-pid, SIGKILL); kill(pid, SIGKILL); }
  /* A child can close the pipe without ending: it gets the rest of its time. */
  for (int waited = 0; waitpid(pid, status, waited ? 0 : WNOHANG) == 0;) {
    if (now_seconds() >= end) { in_time = 0; kill(-pid, SIGKILL); kill(pid, SIGKILL); waited = 1; }
    else poll(NULL, 0, 1);
  }
  kill(-pid, SIGKILL); /* what it may have started */
  return in_time;
}

static const char *stage_name(uint32_t stage) {
  static const char *const NAMES[] = {"start", "load", "prepare", "warm-up", "timed run", "check", "done"};
  return NAMES[stage <= S_DONE ? stage : 0];
}

static const char *signal_name(int n) {
  switch (n) {
    case SIGSEGV: return "SIGSEGV";
    case SIGILL: return "SIGILL";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGABRT: return "SIGABRT";
    case SIGKILL: return "SIGKILL";
    case SIGTRAP: return "SIGTRAP";
    case SIGSYS: return "SIGSYS";
    case SIGTERM: return "SIGTERM";
    case SIGXFSZ: return "SIGXFSZ";
    default: return "signal";
  }
}

static void write_result(const struct job *job, const struct timing *t, const struct shared *s, enum status status, int signal_number, const char *message, double wall, uint64_t steal, struct writer *w) {
  const struct report *report = s->report;
  int done = status == OK || status == WRONG;
  uint32_t times = done && report->time_count <= t->repeats ? report->time_count : 0;
  put_u8(w, (uint8_t)status);
  put_text(w, stage_name(report->stage));
  put_text(w, signal_number ? signal_name(signal_number) : "");
  put_text(w, message);
  put_f64(w, wall);
  put_f64(w, report->fill_seconds);
  put_u64(w, steal);
  put_u32(w, done ? report->number : 0);
  put_u8(w, done && times < t->repeats);
  put_u32(w, times);
  for (uint32_t i = 0; i < times; i++) put_f64(w, s->times[i]);
  uint32_t compared = 0;
  for (uint32_t i = 0; i < job->tensor_count; i++) compared += done && job->tensors[i].reference;
  put_u32(w, compared);
  for (uint32_t i = 0; done && i < job->tensor_count; i++) {
    if (!job->tensors[i].reference) continue;
    const struct comparison *c = &s->compared[i];
    put_u32(w, i);
    put_u64(w, c->mismatches);
    put_u64(w, c->at);
    put_f64(w, c->max_abs);
    put_f64(w, c->got);
    put_f64(w, c->expected);
  }
  uint32_t samples = done ? job->sample_count : 0;
  put_u32(w, samples);
  for (uint32_t i = 0; i < samples; i++) put_f64(w, s->samples[i]);
}

/* Contents to keep go from shared memory, which the child wrote, to memory that no later child can reach. */
static int keep(const struct job *job, const struct region *kept) {
  for (uint32_t i = 0; i < job->tensor_count; i++) {
    if (!kept[i].data) continue;
    struct region own = region_create(kept[i].bytes, 0);
    if (!own.data) return 0;
    memcpy(own.data, kept[i].data, kept[i].bytes);
    if (!store_put(job->tensors[i].keep, own)) { region_free(&own); return 0; }
  }
  return 1;
}

static int run(const struct machine *m, struct job *job, struct timing *t, double timeout, uint64_t memory, struct region *kept, struct writer *w, char problem[MESSAGE]) {
  struct shared s = shared_create(job, t);
  int fine = s.region.data != NULL, alive[2];
  for (uint32_t i = 0; fine && i < job->tensor_count; i++)
    if (job->tensors[i].keep) fine = (kept[i] = region_create(job->tensors[i].bytes, 1)).data != NULL;
  if (!fine || pipe(alive)) {
    region_free(&s.region);
    snprintf(problem, MESSAGE, "no memory for the results");
    return 0;
  }
  uint64_t steal = os_steal_ticks();
  double start = now_seconds();
  long parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    close(alive[0]); /* the other end closes when the child ends */
    child(parent, m, job, t, &s, kept, timeout, memory);
  }
  close(alive[1]);
  if (pid < 0) {
    close(alive[0]);
    region_free(&s.region);
    snprintf(problem, MESSAGE, "cannot start a process");
    return 0;
  }
  setpgid(pid, pid);
  int ended = 0, in_time = supervise(pid, alive[0], timeout, &ended);
  close(alive[0]);
  double wall = now_seconds() - start;
  steal = os_steal_ticks() - steal;
  enum status status = OK;
  int signal_number = 0;
  char message[MESSAGE] = "";
  if (!in_time || (WIFSIGNALED(ended) && (WTERMSIG(ended) == SIGALRM || WTERMSIG(ended) == SIGXCPU))) {
    status = TIMEOUT;
    snprintf(message, MESSAGE, "not done after %.3g s (in %s)", timeout, stage_name(s.report->stage));
  } else if (WIFSIGNALED(ended)) {
    status = CRASH;
    signal_number = WTERMSIG(ended);
    snprintf(message, MESSAGE, "%s (%d) in %s", signal_name(signal_number), signal_number, stage_name(s.report->stage));
  } else if (s.report->failed) {
    status = s.report->stage == S_LOAD ? LOAD : CRASH;
    memcpy(message, s.report->message, MESSAGE);
    message[MESSAGE - 1] = 0;
  } else if (s.report->stage != S_DONE) {
    status = CRASH;
    snprintf(message, MESSAGE, "the process ended with code %d in %s", WEXITSTATUS(ended), stage_name(s.report->stage));
  } else {
    for (uint32_t i = 0; i < job->tensor_count; i++)
      if (job->tensors[i].reference && s.compared[i].mismatches) status = WRONG;
    if (!keep(job, kept)) fine = 0;
  }
  if (fine) write_result(job, t, &s, status, signal_number, message, wall, steal, w);
  else snprintf(problem, MESSAGE, "no memory to keep an output");
  region_free(&s.region);
  return fine;
}

int answer_run(const struct machine *m, struct reader *r, struct writer *w, char problem[MESSAGE]) {
  struct job job = {0};
  struct timing t = {0};
  struct region *kept = NULL;
  double timeout = get_f64(r);
  uint64_t memory = get_u64(r);
  int fine = timing_read(r, &t, problem) && job_read(r, &job, problem);
  if (fine && !(timeout > 0 && timeout < 86400 && memory < 1ull << 46)) {
    fine = 0;
    snprintf(problem, MESSAGE, "bad time or memory limit");
  }
  if (fine && !(kept = calloc(job.tensor_count + 1, sizeof *kept))) fine = 0;
  if (fine) fine = run(m, &job, &t, timeout, memory, kept, w, problem);
  for (uint32_t i = 0; kept && i < job.tensor_count; i++) region_free(&kept[i]);
  free(kept);
  job_free(&job);
  return fine;
}
