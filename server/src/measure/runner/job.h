/* A kernel with its tensors: what a RUN or OPEN request describes, and the steps from there to times. */
#ifndef ANSOR_JOB_H
#define ANSOR_JOB_H
#include "abi.h"
#include "element.h"
#include "pool.h"
#include "store.h"
#include "wire.h"

enum { MAX_TENSORS = 65536, MAX_THREADS = 1024, MAX_REPEATS = 100000, MAX_NUMBER = 1000000, MESSAGE = 512 };
enum fill { FILL_POISON, FILL_RANDOM, FILL_STORED, FILL_ZERO };

struct tensor {
  uint64_t bytes;
  uint8_t output, dtype, fill, flush;
  uint32_t stored, seed;            /* fill: kept buffer; random stream */
  double low, high;
  uint32_t reference, keep;         /* kept buffers: to compare with; to copy the contents to. 0: none */
  double atol, rtol;
  uint32_t sample_count;
  uint64_t *samples;                /* element positions to report */
  struct order order;               /* of random elements */
  struct region region;             /* empty if the memory is the kept buffer's own */
  unsigned char *data;
  int in_use;                       /* holds a use of the kept buffer */
};

struct job {
  char library[4096], symbol[256];
  uint32_t threads;
  uint64_t shared_bytes, thread_bytes;
  uint8_t pin;
  uint32_t tensor_count, sample_count;
  struct tensor *tensors;
  void **arguments;
  struct region workspace;
  struct pool *pool;
  void *handle;
  ansor_kernel kernel;
};

struct timing {
  uint32_t repeats, number;         /* timed sections; calls in each */
  double min_seconds;               /* a section is lengthened until it takes this long; 0: never */
  double stop_seconds;              /* stop after a section slower than this; 0: never */
  uint8_t flush;                    /* flush the tensors marked so before each section */
};

/* 0 if the payload is malformed; `problem` then says why. */
int job_read(struct reader *r, struct job *job, char problem[MESSAGE]);
int timing_read(struct reader *r, struct timing *t, char problem[MESSAGE]);
/* Each returns 0 and fills `problem` on failure. */
int job_load(struct job *job, char problem[MESSAGE]);
int job_prepare(struct job *job, const int *cpus, int cpu_count, char problem[MESSAGE]);
void job_call(struct job *job);
/* Writes seconds per call, one per section; returns how many sections ran. */
uint32_t job_time(struct job *job, struct timing *t, double *seconds);
/* A first call, which finds nothing in the caches, took so long that sections would do no better than `stop_seconds`. */
int timing_hopeless(const struct timing *t, double first_seconds);
/* Frees everything, also of a job that was only partly made. */
void job_free(struct job *job);
double now_seconds(void);
#endif
