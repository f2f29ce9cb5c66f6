/*
 * `runner --watch`: ends process groups when the one who started them is gone, however it went. Paused compilers would otherwise
 * stay for ever. Standard input: lines `+ID` and `-ID`; at its end every group still listed is killed.
 */
#include "requests.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_GROUPS = 4096 };

int watch(void) {
  static long groups[MAX_GROUPS];
  static int count;
  char line[64];
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  while (fgets(line, sizeof line, stdin)) {
    long id = strtol(line + 1, NULL, 10);
    if (id <= 1) continue;
    if (line[0] == '+' && count < MAX_GROUPS) groups[count++] = id;
    for (int i = 0; line[0] == '-' && i < count; i++)
      if (groups[i] == id) { groups[i] = groups[--count]; break; }
  }
  for (int i = 0; i < count; i++) kill((pid_t)-groups[i], SIGKILL);
  return 0;
}
