/** The sample program beside a deployed library: files in, elements out, with threads. */
export const SAMPLE_MAIN = String.raw`/* cc -O2 main.c ./libmodel.so -o run -pthread && ./run [-t THREADS] INPUT[@SHAPE]... > outputs.bin
 * One file of raw elements for each input, e.g. ids.bin@1x128; without shapes the first binding is meant. Outputs go to standard output
 * one behind the other, their names and actual shapes to standard error. weights.bin lies in the working folder. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

#define MOST 64
struct part { void (*body)(void *, int, int, int); void *closure; int begin, end, worker; };

static void *run_part(void *p) {
  struct part *part = p;
  part->body(part->closure, part->begin, part->end, part->worker);
  return 0;
}

/* Threads for each loop: the simplest host. A program that calls often keeps a pool. */
static void parallel(const struct ansor_host *host, void (*body)(void *, int, int, int), void *closure, int n) {
  pthread_t threads[MOST];
  int started[MOST] = { 0 };
  struct part parts[MOST];
  for (int w = 0; w < host->threads; w++) {
    struct part part = { body, closure, (int)((long long)n * w / host->threads), (int)((long long)n * (w + 1) / host->threads), w };
    parts[w] = part;
    if (w > 0) started[w] = pthread_create(&threads[w], 0, run_part, &parts[w]) == 0;
  }
  for (int w = 0; w < host->threads; w++) {
    if (started[w]) pthread_join(threads[w], 0);
    else run_part(&parts[w]);
  }
}

static void fail(const char *what, const char *name) {
  fprintf(stderr, "%s: %s\n", name, what);
  exit(1);
}

static void *aligned(long long bytes) {
  void *p = aligned_alloc(ANSOR_MODEL_ALIGNMENT, (size_t)(bytes / ANSOR_MODEL_ALIGNMENT + 1) * ANSOR_MODEL_ALIGNMENT);
  if (p == 0) fail("not enough memory", "run");
  return p;
}

static void *read_file(const char *name, long long bytes) {
  FILE *f = fopen(name, "rb");
  if (f == 0) fail("cannot be opened", name);
  char *to = aligned(bytes);
  if (fread(to, 1, (size_t)bytes, f) != (size_t)bytes || fgetc(f) != EOF) {
    fprintf(stderr, "%s: has not the %lld bytes that it must have\n", name, bytes);
    exit(1);
  }
  fclose(f);
  return to;
}

int main(int argc, char **argv) {
  if (ansor_model_abi_version() != ANSOR_MODEL_ABI_VERSION) fail("the library has another ABI version than model.h: take both from one build", "libmodel.so");
  int threads = 1, first = 1, inputs, outputs;
  if (argc > 2 && strcmp(argv[1], "-t") == 0) {
    threads = atoi(argv[2]);
    first = 3;
  }
  const struct ansor_tensor *in = ansor_model_inputs(0, &inputs);
  if (threads < 1 || threads > MOST || argc - first != inputs) {
    fprintf(stderr, "use: %s [-t THREADS] FILE[@SHAPE] for each of %d inputs > OUTPUTS; threads: 1 to %d\n", argv[0], inputs, MOST);
    return 2;
  }
  const long long **shapes = calloc((size_t)inputs + 1, sizeof *shapes);
  for (int i = 0; i < inputs; i++) {
    char *at = strrchr(argv[first + i], '@');
    shapes[i] = in[i].shape;
    if (at == 0) continue;
    *at++ = 0;
    long long *shape = calloc((size_t)in[i].rank + 1, sizeof *shape);
    int rank = 0;
    while (rank < in[i].rank) {
      shape[rank++] = strtoll(at, &at, 10);
      if (*at != 'x') break;
      at++;
    }
    if (rank != in[i].rank || *at != 0) fail("is no shape of this input's rank", in[i].name);
    shapes[i] = shape;
  }
  int binding = ansor_model_find(shapes);
  if (binding < 0) fail("the library has no binding for these shapes (manifest.json lists them)", "run");
  in = ansor_model_inputs(binding, &inputs);
  const struct ansor_tensor *out = ansor_model_outputs(binding, &outputs);
  const void **input = calloc((size_t)inputs + 1, sizeof *input);
  void **output = calloc((size_t)outputs + 1, sizeof *output);
  for (int i = 0; i < inputs; i++) input[i] = read_file(argv[first + i], in[i].bytes);
  for (int i = 0; i < outputs; i++) output[i] = aligned(out[i].bytes);
  struct ansor_host host = { 0, threads, parallel };
  const void *weights = read_file("weights.bin", ansor_model_weight_bytes());
  int status = ansor_model_run(binding, &host, weights, input, output, aligned(ansor_model_workspace_bytes(binding, threads)));
  if (status != 0) fail("the call was refused", "run");
  for (int i = 0; i < outputs; i++) {
    const long long *shape = out[i].shape;
    for (int k = 0; k < outputs; k++) if (out[k].shape_of == i) shape = output[k];
    if (out[i].shape_of >= 0) continue;
    size_t elements = 1;
    fprintf(stderr, "%s %s [", out[i].name, out[i].dtype);
    for (int d = 0; d < out[i].rank; d++) {
      elements *= (size_t)shape[d];
      fprintf(stderr, "%s%lld", d == 0 ? "" : ", ", shape[d]);
    }
    fprintf(stderr, "]\n");
    fwrite(output[i], (size_t)out[i].element_bytes, elements, stdout);
  }
  return 0;
}
`;
