/** The C program that runs one candidate by itself, as a person would: random inputs, timed calls, a fault where the candidate has one. */
import { dtypeBytes } from '../ir/dtype.js';
import { elementCount } from '../ir/buffer.js';
import type { Kernel } from '../target/kernel/ir.js';
import { HOST_STRUCT_C, kernelHeadC } from '../target/abi.js';

/** `title`: one line of text that says what this is. */
export function reproduceMain(kernel: Kernel, title: string): string {
  const inputs = kernel.params.length - kernel.outputCount;
  const tensors = kernel.params.map((b, i) => `  { ${elementCount(b.shape) * dtypeBytes(b.dtype)}L, ${i < inputs && b.dtype === 'float32' ? 1 : 0} }, /* ${commentText(b.name)}: ${b.dtype}[${b.shape.join(', ')}]${i < inputs ? '' : ', output'} */`);
  return `/* ${commentText(title)}
 * Calls the kernel with random inputs in [-1, 1) and prints the time of each call. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
${HOST_STRUCT_C}
${kernelHeadC(kernel.symbol)};

static const struct { long bytes; int is_float_input; } params[${kernel.params.length}] = {
${tensors.join('\n')}
};

static void serial(const struct ansor_host *host, void (*body)(void *, int, int, int), void *closure, int n) {
  (void)host;
  body(closure, 0, n, 0);
}

static void *aligned(long bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) { fprintf(stderr, "no memory for %ld bytes\\n", bytes); exit(1); }
  return p;
}

int main(void) {
  void *tensors[${kernel.params.length}];
  unsigned long long random = 88172645463325252ULL;
  for (int i = 0; i < ${kernel.params.length}; i++) {
    tensors[i] = aligned(params[i].bytes);
    for (long j = 0; j < params[i].bytes; j++) ((unsigned char *)tensors[i])[j] = 0;
    for (long j = 0; params[i].is_float_input && j < params[i].bytes / 4; j++) {
      random ^= random << 13; random ^= random >> 7; random ^= random << 17;
      ((float *)tensors[i])[j] = (float)(random >> 40) / 8388608.0f - 1.0f;
    }
  }
  struct ansor_host host = { 0, 1, serial };
  unsigned char *workspace = aligned(${kernel.workspace.sharedBytes + kernel.workspace.threadBytes}L);
  for (int run = 0; run < 5; run++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    ${kernel.symbol}(&host, tensors, workspace);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.6f ms on one thread\\n", (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
  }
  return 0;
}
`;
}

/** Text from a log can end no comment. */
function commentText(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/\*\//g, '* /');
}

/** An argument for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
