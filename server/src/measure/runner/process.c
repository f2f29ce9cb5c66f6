#define _GNU_SOURCE
#include "process.h"
#include "os.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes of output that are kept, and taken at a time; a pipe holds less than so many pieces. */
enum { MOST_TEXT = 1 << 20, PIECE = 65536, MOST_PIECES = 64 };

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* A pipe that no program gets but by dup2. */
static int private_pipe(int ends[2]) {
  if (pipe(ends)) { ends[0] = ends[1] = -1; return 0; }
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
  return 1;
}

/* In the child: becomes the program, or says why not. */
static void become(const struct program *program, long parent, int out, int err, int report) {
  static const int USUAL[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
  os_die_with_parent(parent);
  setsid(); /* Linux gives each session its share of the processors (autogroup): one for all compilers would slow them down beside the search */
  for (size_t i = 0; i < sizeof USUAL / sizeof *USUAL; i++) signal(USUAL[i], SIG_DFL);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  dup2(out, 1);
  dup2(err, 2);
  for (char **v = program->variables; *v; v++) putenv(*v);
  const char *what = "its folder";
  if (!chdir(program->folder)) {
    what = program->arguments[0];
    confine_compiler(&program->limits);
    execvp(what, program->arguments);
  }
  dprintf(report, "%s: %s", what, strerror(errno));
  _exit(127);
}

int process_start(struct process *p, const struct program *program, char *problem, size_t cap) {
  int out[2], err[2], report[2]; /* the last one closes when the program runs */
  int fine = private_pipe(out) & private_pipe(err) & private_pipe(report); /* all are tried: all are closed below */
  long parent = getpid();
  pid_t id = fine ? fork() : -1;
  if (id == 0) become(program, parent, out[1], err[1], report[1]);
  snprintf(problem, cap, "%s", id < 0 ? strerror(errno) : "");
  close_end(&out[1]);
  close_end(&err[1]);
  close_end(&report[1]);
  if (id > 0) {
    ssize_t said;
    while ((said = read(report[0], problem, cap - 1)) < 0 && errno == EINTR);
    problem[said > 0 ? said : 0] = 0;
    fine = said == 0;
    if (!fine) waitpid(id, NULL, 0);
  } else fine = 0;
  close_end(&report[0]);
  if (!fine) {
    close_end(&out[0]);
    close_end(&err[0]);
    return 0;
  }
  *p = (struct process){.id = id, .pipes = {out[0], err[0]}};
  for (int i = 0; i < 2; i++) fcntl(p->pipes[i], F_SETFL, O_NONBLOCK);
  return 1;
}

int process_take(struct process *p, int which) {
  unsigned char piece[PIECE];
  ssize_t n;
  if (p->pipes[which] < 0) return 0;
  while ((n = read(p->pipes[which], piece, sizeof piece)) < 0 && errno == EINTR);
  if (n == 0 || (n < 0 && errno != EAGAIN)) close_end(&p->pipes[which]);
  if (n <= 0) return 0;
  size_t room = MOST_TEXT - p->text[which].size;
  put_bytes(&p->text[which], piece, (size_t)n < room ? (size_t)n : room);
  return 1;
}

int process_ended(struct process *p) {
  if (p->ended) return 1;
  if (waitpid(p->id, &p->status, WNOHANG) != p->id) return 0;
  kill(-p->id, SIGKILL); /* what it started and left running holds nothing up */
  for (int i = 0; i < 2; i++) {
    for (int piece = 0; piece < MOST_PIECES && process_take(p, i); piece++);
    close_end(&p->pipes[i]);
  }
  return p->ended = 1;
}

void process_free(struct process *p) {
  for (int i = 0; i < 2; i++) free(p->text[i].data);
  *p = (struct process){0};
}
