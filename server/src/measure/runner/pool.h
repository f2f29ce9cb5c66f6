/* The thread pool behind ansor_host.parallel_for. Needs only C11 atomics, POSIX threads and os_pin: deployed programs use it too. */
#ifndef ANSOR_POOL_H
#define ANSOR_POOL_H
#include "abi.h"

struct pool;
/* Starts threads - 1 workers; worker i is bound to cpus[i] (the caller, worker 0, to cpus[0]) if there are that many. NULL on failure. */
struct pool *pool_start(int threads, const int *cpus, int cpu_count);
const struct ansor_host *pool_host(const struct pool *pool);
/* Makes every worker awake and spinning, so that a timed call does not pay for waking them. */
void pool_wake(struct pool *pool);
/* Ends the workers and lets the caller use all processors again. */
void pool_stop(struct pool *pool);
#endif
