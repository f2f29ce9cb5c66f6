/** The functions of a deployed library, as C text behind the networks: what is in it, which binding fits, and a call that checks. */
import { HOST_STRUCT_C, TENSOR_ALIGNMENT } from '../../target/abi.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { ABI_VERSION, type Binding, type DeployedOutput, type DeployedTensor } from './manifest.js';

const TENSOR_STRUCT_C = `struct ansor_tensor {
  const char *name, *dtype;
  int rank;
  const long long *shape;
  long long bytes;
  int element_bytes;
  int shape_of;
};`;

/** What header and library both say. */
/** What a run returns, as the header names it. */
const RESULTS = { ANSOR_MODEL_DONE: 0, ANSOR_MODEL_NO_BINDING: 1, ANSOR_MODEL_MISPLACED: 2, ANSOR_MODEL_NO_THREADS: 3 } as const;

const DECLARATIONS = `/* ${ABI_VERSION}; a program compares it with ANSOR_MODEL_ABI_VERSION of its header before anything else. */
int ansor_model_abi_version(void);
/* How many choices of the symbolic dimensions are in the library. */
int ansor_model_bindings(void);
/* The tensors of binding 0, 1, ...; their number in *count. Null for a binding that is not there.
 * shape_of: of the output NAME:shape (int64) the position of the output whose actual shape it holds after a run, whose own shape is
 * then the largest possible; else -1. */
const struct ansor_tensor *ansor_model_inputs(int binding, int *count);
const struct ansor_tensor *ansor_model_outputs(int binding, int *count);
/* The binding for inputs of these shapes (one array for each input, as long as the rank is), or -1. */
int ansor_model_find(const long long *const *shapes);
/* Bytes of weights.bin, and of the workspace for so many threads. */
long long ansor_model_weight_bytes(void);
long long ansor_model_workspace_bytes(int binding, int threads);
/* Runs the network. host: null for one thread. All pointers are aligned to ${TENSOR_ALIGNMENT} bytes. Reentrant: two calls at a time need two workspaces.
 * ANSOR_MODEL_DONE (0); ANSOR_MODEL_NO_BINDING: there is none of this number; ANSOR_MODEL_MISPLACED: a pointer is null or not aligned;
 * ANSOR_MODEL_NO_THREADS: host->threads is less than 1. */
int ansor_model_run(int binding, const struct ansor_host *host, const void *weights, const void *const *inputs, void *const *outputs, void *workspace);
`;

export function libraryHeader(target: string, model: string): string {
  return `/* The network ${model.replace(/[^\w. -]/g, '_')}, compiled for ${target.replaceAll('*/', '')}. */
#ifndef ANSOR_MODEL_H
#define ANSOR_MODEL_H
#define ANSOR_MODEL_ABI_VERSION ${ABI_VERSION}
#define ANSOR_MODEL_ALIGNMENT ${TENSOR_ALIGNMENT}
/* What ansor_model_run returns. */
${Object.entries(RESULTS).map(([name, value]) => `#define ${name} ${value}`).join('\n')}
#ifdef __cplusplus
extern "C" {
#endif
/* Splits [0, n) among the threads, calls body(closure, begin, end, worker) for each part, worker in [0, threads), and returns when all are done. */
${HOST_STRUCT_C}
${TENSOR_STRUCT_C}
${DECLARATIONS}#ifdef __cplusplus
}
#endif
#endif
`;
}

/** To be compiled behind the networks' functions, in the same file. */
export function librarySource(bindings: readonly Binding[], weightBytes: number): string {
  return `
${TENSOR_STRUCT_C}
${DECLARATIONS}
${bindings.map((b, i) => `${tensors(`inputs_${i}`, b.inputs)}${tensors(`outputs_${i}`, b.outputs)}${call(b, i)}`).join('')}
static const struct {
  const struct ansor_tensor *inputs, *outputs;
  int input_count, output_count;
  long long shared_bytes, thread_bytes;
  void (*call)(const struct ansor_host *, const unsigned char *, const void *const *, void *const *, unsigned char *);
} ansor_bindings[] = {
${bindings.map((b, i) => `  { ansor_inputs_${i}, ansor_outputs_${i}, ${b.inputs.length}, ${b.outputs.length}, ${b.workspace.sharedBytes}, ${b.workspace.threadBytes}, ansor_call_${i} },`).join('\n')}
};

static void ansor_serial(const struct ansor_host *host, void (*body)(void *, int, int, int), void *closure, int n) { (void)host; body(closure, 0, n, 0); }
static int ansor_misplaced(const void *p) { return p == 0 || (unsigned long)p % ${TENSOR_ALIGNMENT} != 0; }

int ansor_model_abi_version(void) { return ${ABI_VERSION}; }
int ansor_model_bindings(void) { return ${bindings.length}; }
const struct ansor_tensor *ansor_model_inputs(int binding, int *count) {
  if (binding < 0 || binding >= ${bindings.length}) { *count = 0; return 0; }
  *count = ansor_bindings[binding].input_count;
  return ansor_bindings[binding].inputs;
}
const struct ansor_tensor *ansor_model_outputs(int binding, int *count) {
  if (binding < 0 || binding >= ${bindings.length}) { *count = 0; return 0; }
  *count = ansor_bindings[binding].output_count;
  return ansor_bindings[binding].outputs;
}
int ansor_model_find(const long long *const *shapes) {
  for (int b = 0; b < ${bindings.length}; b++) {
    int same = 1;
    for (int i = 0; i < ansor_bindings[b].input_count; i++)
      for (int d = 0; d < ansor_bindings[b].inputs[i].rank; d++) same &= shapes[i][d] == ansor_bindings[b].inputs[i].shape[d];
    if (same) return b;
  }
  return -1;
}
long long ansor_model_weight_bytes(void) { return ${weightBytes}; }
long long ansor_model_workspace_bytes(int binding, int threads) {
  if (binding < 0 || binding >= ${bindings.length} || threads < 1) return -1;
  return ansor_bindings[binding].shared_bytes + threads * ansor_bindings[binding].thread_bytes;
}
int ansor_model_run(int binding, const struct ansor_host *host, const void *weights, const void *const *inputs, void *const *outputs, void *workspace) {
  const struct ansor_host serial = { 0, 1, ansor_serial };
  if (binding < 0 || binding >= ${bindings.length}) return ${RESULTS.ANSOR_MODEL_NO_BINDING};
  if (${weightBytes > 0 ? 'ansor_misplaced(weights) || ' : ''}ansor_misplaced(workspace)) return ${RESULTS.ANSOR_MODEL_MISPLACED};
  for (int i = 0; i < ansor_bindings[binding].input_count; i++) if (ansor_misplaced(inputs[i])) return ${RESULTS.ANSOR_MODEL_MISPLACED};
  for (int i = 0; i < ansor_bindings[binding].output_count; i++) if (ansor_misplaced(outputs[i])) return ${RESULTS.ANSOR_MODEL_MISPLACED};
  if (host != 0 && host->threads < 1) return ${RESULTS.ANSOR_MODEL_NO_THREADS};
  ansor_bindings[binding].call(host == 0 ? &serial : host, (const unsigned char *)weights, inputs, outputs, (unsigned char *)workspace);
  return 0;
}
`;
}

function tensors(name: string, list: readonly (DeployedTensor & Pick<DeployedOutput, 'shapeOf'>)[]): string {
  const shapes = list.map((t, i) => `static const long long ansor_${name}_${i}[] = { ${t.shape.length === 0 ? '0' : t.shape.join(', ')} };\n`).join('');
  const rows = list.map((t, i) => `  { ${cString(t.name)}, "${t.dtype}", ${t.shape.length}, ansor_${name}_${i}, ${t.bytes}, ${dtypeBytes(t.dtype)}, ${t.shapeOf === undefined ? -1 : list.findIndex((o) => o.name === t.shapeOf)} },\n`);
  return `${shapes}static const struct ansor_tensor ansor_${name}[] = {\n${rows.length === 0 ? '  { 0 },\n' : rows.join('')}};\n`;
}

function call(b: Binding, i: number): string {
  const list = b.arguments.map(({ role, index }) => (role === 'constant' ? `(void *)(weights + ${b.constants[index]?.offset ?? 0})` : role === 'input' ? `(void *)inputs[${index}]` : `outputs[${index}]`));
  return `static void ansor_call_${i}(const struct ansor_host *host, const unsigned char *weights, const void *const *inputs, void *const *outputs, unsigned char *workspace) {
  void *const tensors[] = { ${list.length === 0 ? '0' : list.join(', ')} };
  ${b.symbol}(host, tensors, workspace);
}
`;
}

/** Octal escapes end after three digits, whatever follows. */
function cString(text: string): string {
  return `"${[...Buffer.from(text)].map((c) => (c >= 0x20 && c < 0x7f && c !== 0x22 && c !== 0x5c && c !== 0x3f ? String.fromCharCode(c) : `\\${c.toString(8).padStart(3, '0')}`)).join('')}"`;
}
