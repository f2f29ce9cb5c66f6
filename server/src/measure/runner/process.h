/* A program in a process group of its own, without input, and what it said. */
#ifndef ANSOR_PROCESS_H
#define ANSOR_PROCESS_H
#include "limits.h"
#include "wire.h"
#include <sys/types.h>

struct program { const char *folder; char **variables, **arguments; struct limits limits; }; /* lists end with NULL */

struct process {
  pid_t id;              /* of its group too; 0: none */
  int pipes[2];          /* its standard output and error; -1: closed */
  struct writer text[2]; /* what came out of them, cut at a limit */
  int ended, status;
};

/* Returns when the program runs; 0 with `problem` if it cannot be started. */
int process_start(struct process *p, const struct program *program, char *problem, size_t cap);
/* Takes what has been written to a pipe, some of it at a time; 0 if there is nothing. */
int process_take(struct process *p, int which);
/* 1 if it has ended by now; its group is gone then. */
int process_ended(struct process *p);
void process_free(struct process *p);
#endif
