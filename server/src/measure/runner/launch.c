/*
 * `runner --launch`: starts compilers for a session, which a fork of its own would stop for some 50 ms a GB of its memory (page tables are copied).
 * When the session is gone, however it went, all of them are killed: paused ones would otherwise stay for ever. Frames as in wire.h:
 *
 *     START: limits (u64 each), u32 variables, u32 arguments, then texts that end with a zero byte: folder, variables, arguments. Reply: u32 group
 *     WAIT: u32 group. Reply, at its end: u32 exit code, u32 signal or 0, texts of standard output and error
 */
#include "process.h"
#include "requests.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_PROCESSES = 64 };

/* A process, and the request that waits for its end (0: none yet). */
struct place { struct process process; uint32_t waiter; };

static struct place places[MOST_PROCESSES];
/* Readable when some process has ended. */
static int wake[2];

static void child_ended(int number) {
  int before = errno;
  (void)number;
  ssize_t sent = write(wake[1], "", 1);
  (void)sent; /* when it is full it wakes as well */
  errno = before;
}

/* `count` texts of the payload, where they lie; NULL if they are not there. */
static char **texts(struct reader *r, uint32_t count) {
  if (r->bad || count > (size_t)(r->end - r->at)) return NULL;
  char **all = calloc((size_t)count + 1, sizeof *all);
  for (uint32_t i = 0; all && i < count; i++) {
    const unsigned char *zero = memchr(r->at, 0, (size_t)(r->end - r->at));
    if (!zero) { free(all); return NULL; }
    all[i] = (char *)r->at;
    r->at = zero + 1;
  }
  return all;
}

static int start(struct reader *r, struct writer *w, char problem[MESSAGE]) {
  struct program program = {0};
  uint64_t *limits[] = {&program.limits.memory, &program.limits.file, &program.limits.files, &program.limits.processor_seconds};
  for (int i = 0; i < 4; i++) *limits[i] = get_u64(r);
  uint32_t variables = get_u32(r), arguments = get_u32(r);
  char **folder = texts(r, 1);
  program.variables = texts(r, variables);
  program.arguments = texts(r, arguments);
  struct place *place = NULL;
  for (int i = 0; i < MOST_PROCESSES && !place; i++) if (!places[i].process.id) place = &places[i];
  int fine = 0;
  if (!folder || !program.variables || !program.arguments || !arguments || r->at != r->end) snprintf(problem, MESSAGE, "bad start request");
  else if (!place) snprintf(problem, MESSAGE, "too many processes");
  else {
    program.folder = folder[0];
    fine = process_start(&place->process, &program, problem, MESSAGE);
    place->waiter = 0;
  }
  if (fine) put_u32(w, (uint32_t)place->process.id);
  free(folder);
  free(program.variables);
  free(program.arguments);
  return fine;
}

/* Tells the end of a process to the one who waits for it. */
static void tell(struct place *place) {
  struct process *p = &place->process;
  if (!place->waiter || !process_ended(p)) return;
  struct writer w = {0};
  put_u32(&w, WIFEXITED(p->status) ? (uint32_t)WEXITSTATUS(p->status) : 0);
  put_u32(&w, WIFSIGNALED(p->status) ? (uint32_t)WTERMSIG(p->status) : 0);
  for (int i = 0; i < 2; i++) {
    put_u32(&w, (uint32_t)p->text[i].size);
    put_bytes(&w, p->text[i].data, p->text[i].size);
  }
  frame_write(M_WAIT | M_REPLY, place->waiter, w.data, w.size);
  free(w.data);
  process_free(p);
}

static int wait_for(struct reader *r, uint32_t id, char problem[MESSAGE]) {
  uint32_t group = get_u32(r);
  for (int i = 0; !r->bad && i < MOST_PROCESSES; i++) {
    if (!group || (uint32_t)places[i].process.id != group) continue;
    places[i].waiter = id;
    tell(&places[i]);
    return 1;
  }
  snprintf(problem, MESSAGE, "no such process");
  return 0;
}

/* 0: the session is gone. */
static int answer(struct frame *f) {
  if (frame_read(f) <= 0) return 0;
  struct reader r = {f->payload, f->payload + f->size, 0};
  struct writer w = {0};
  char problem[MESSAGE] = "unknown request";
  int fine = f->type == M_START ? start(&r, &w, problem) : f->type == M_WAIT && wait_for(&r, f->id, problem);
  int sent = 1;
  if (!fine) {
    put_text(&w, problem);
    sent = frame_write(M_ERROR, f->id, w.data, w.size);
  } else if (f->type == M_START) sent = frame_write(M_START | M_REPLY, f->id, w.data, w.size);
  free(w.data);
  return sent;
}

/* Until there is something to do: a request, output or an end. 1 if there is a request. */
static int wait_for_work(void) {
  struct pollfd fds[2 + 2 * MOST_PROCESSES] = {{0, POLLIN, 0}, {wake[0], POLLIN, 0}};
  for (int i = 0; i < 2 * MOST_PROCESSES; i++) {
    const struct process *p = &places[i / 2].process;
    fds[2 + i] = (struct pollfd){p->id && !p->ended ? p->pipes[i % 2] : -1, POLLIN, 0};
  }
  if (poll(fds, 2 + 2 * MOST_PROCESSES, -1) <= 0) return 0;
  char ends[64];
  if (fds[1].revents) while (read(wake[0], ends, sizeof ends) > 0);
  for (int i = 0; i < 2 * MOST_PROCESSES; i++) if (fds[2 + i].revents) process_take(&places[i / 2].process, i % 2);
  for (int i = 0; i < MOST_PROCESSES; i++) if (places[i].process.id && process_ended(&places[i].process)) tell(&places[i]);
  return fds[0].revents != 0;
}

int launch(void) {
  static const int IGNORED[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE}; /* the session decides what becomes of it */
  static struct frame f;
  for (size_t i = 0; i < sizeof IGNORED / sizeof *IGNORED; i++) signal(IGNORED[i], SIG_IGN);
  if (pipe(wake)) return 1;
  for (int i = 0; i < 2; i++) { fcntl(wake[i], F_SETFD, FD_CLOEXEC); fcntl(wake[i], F_SETFL, O_NONBLOCK); }
  struct sigaction on_end = {.sa_handler = child_ended, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
  sigaction(SIGCHLD, &on_end, NULL);
  while (!wait_for_work() || answer(&f));
  for (int i = 0; i < MOST_PROCESSES; i++) if (places[i].process.id && !places[i].process.ended) kill(-places[i].process.id, SIGKILL);
  return 0;
}
