/** The C header and the sample program of a deployed network. */
import type { Workspace } from '../target/kernel/ir.js';
import { HOST_STRUCT_C, kernelHeadC } from '../target/abi.js';
import type { DeployParam } from './deploy.js';

export interface Manifest { readonly symbol: string; readonly target: string; readonly workspace: Workspace; readonly params: readonly DeployParam[] }

export function deployHeader(m: Manifest): string {
  const list = m.params.map((p, i) => ` *   tensors[${i}]: ${p.role} ${p.name}, ${p.dtype} [${p.shape.join(', ')}], ${p.bytes} bytes${p.offset === undefined ? '' : `, at ${p.offset} of weights.bin`}`);
  return `/* A network compiled for ${m.target}.
${list.join('\n')}
 * All pointers are aligned to 64 bytes; workspace has ANSOR_SHARED_BYTES + threads * ANSOR_THREAD_BYTES bytes. */
#ifndef ANSOR_MODEL_H
#define ANSOR_MODEL_H
#define ANSOR_SHARED_BYTES ${m.workspace.sharedBytes}L
#define ANSOR_THREAD_BYTES ${m.workspace.threadBytes}L
#define ANSOR_TENSORS ${m.params.length}
${HOST_STRUCT_C}
${kernelHeadC(m.symbol)};
#endif
`;
}

/** Runs the network once on one thread: inputs from files named on the command line, outputs to standard output. */
export function deployMain(m: Manifest): string {
  const entry = (p: DeployParam): string => `{ ${p.bytes}L, ${p.role === 'constant' ? (p.offset ?? 0) : -1}L, ${p.role === 'input' ? 0 : p.role === 'output' ? 1 : 2} }`;
  return `/* cc -O2 main.c -o run ./libmodel.so && ./run input.bin > output.bin   (one file per input, raw elements) */
#include <stdio.h>
#include <stdlib.h>
#include "model.h"

static const struct { long bytes, offset; int role; } params[ANSOR_TENSORS] = {
  ${m.params.map(entry).join(',\n  ')}
};

static void serial(const struct ansor_host *host, void (*body)(void *, int, int, int), void *closure, int n) {
  (void)host;
  body(closure, 0, n, 0);
}

static void *aligned(long bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }

static void read_file(const char *name, long offset, void *to, long bytes) {
  FILE *f = fopen(name, "rb");
  if (!f || fseek(f, offset, SEEK_SET) || fread(to, 1, bytes, f) != (size_t)bytes) { fprintf(stderr, "%s: cannot read %ld bytes\\n", name, bytes); exit(1); }
  fclose(f);
}

int main(int argc, char **argv) {
  void *tensors[ANSOR_TENSORS];
  int next = 1;
  for (int i = 0; i < ANSOR_TENSORS; i++) {
    tensors[i] = aligned(params[i].bytes);
    if (params[i].role == 2) read_file("weights.bin", params[i].offset, tensors[i], params[i].bytes);
    if (params[i].role == 0) {
      if (next >= argc) { fprintf(stderr, "use: %s INPUT... > OUTPUT\\n", argv[0]); return 2; }
      read_file(argv[next++], 0, tensors[i], params[i].bytes);
    }
  }
  struct ansor_host host = { 0, 1, serial };
  ${m.symbol}(&host, tensors, aligned(ANSOR_SHARED_BYTES + ANSOR_THREAD_BYTES));
  for (int i = 0; i < ANSOR_TENSORS; i++) if (params[i].role == 1) fwrite(tensors[i], 1, params[i].bytes, stdout);
  return 0;
}
`;
}
