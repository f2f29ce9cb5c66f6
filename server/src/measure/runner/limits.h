/* Limits of candidates and compilers. */
#ifndef ANSOR_LIMITS_H
#define ANSOR_LIMITS_H

/* For a child process that will run a candidate for at most so many seconds on so many threads. There is no way back. */
void confine_candidate(double seconds, unsigned threads);
/* The third job of this program: runs another one under limits (limits.c). */
int limited(int argc, char **argv);
#endif
