/**
 * Runs many planned cases as one C program: each network is a function, a small main reads their tensors from a file, calls them and
 * writes the outputs. Bytes behind every tensor must stay.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { elementCount } from '../../../server/src/ir/buffer.js';
import { dtypeBytes } from '../../../server/src/ir/dtype.js';
import { assembleNetwork, type NetworkImage } from '../../../server/src/session/network.js';
import { constantBytes } from '../../../server/src/session/stored-constants.js';
import { networkFile, printNetwork } from '../../../server/src/target/c/print-network.js';
import { networkWorkspace } from '../../../server/src/target/network.js';
import { compileTask, type PlannedCase, type Schedule } from './compile-case.js';

const UNIT = { bytes: 16, registers: 16 };
const DIALECT = { x86VectorBytes: 0, pin: undefined };

const MAIN = `
extern int posix_memalign(void **, unsigned long, unsigned long); extern void free(void *); extern void *fopen(const char *, const char *);
extern unsigned long fread(void *, unsigned long, unsigned long, void *), fwrite(const void *, unsigned long, unsigned long, void *);
extern int fclose(void *), printf(const char *, ...), fflush(void *); extern void *memset(void *, int, unsigned long);
static void serial(const struct ansor_host *host, void (*body)(void *, int, int, int), void *closure, int n) { (void)host; body(closure, 0, n, 0); }
static unsigned long word(void *f) { unsigned long x = 0; if (fread(&x, 8, 1, f) != 1) return 0; return x; }
int main(int argc, char **argv) {
  const struct ansor_host host = { 0, 1, serial };
  void *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  const unsigned long cases = word(in);
  (void)argc;
  for (unsigned long c = 0; c < cases; c++) {
    void *tensors[256]; unsigned long bytes[256], role[256];
    const unsigned long count = word(in), space = word(in);
    void *workspace;
    if (posix_memalign(&workspace, 64, space + 64 * !EXACT) != 0) return 5;
    memset(workspace, 0xff, space);
    for (unsigned long i = 0; i < count; i++) {
      role[i] = word(in); bytes[i] = word(in);
      const unsigned long room = EXACT ? bytes[i] : (bytes[i] + 127) / 64 * 64;
      if (posix_memalign(&tensors[i], 64, room) != 0) return 5;
      memset(tensors[i], 0xa5, room);
      if (role[i] == 0 && fread(tensors[i], 1, bytes[i], in) != bytes[i]) return 3;
    }
    printf("case %lu\\n", c); fflush(0);
    networks[c](&host, tensors, workspace);
    for (unsigned long i = 0; i < count; i++) {
      const unsigned char *at = tensors[i];
      if (!EXACT) for (unsigned long k = bytes[i]; k < (bytes[i] + 127) / 64 * 64; k++) if (at[k] != 0xa5) { printf("tensor %lu is exceeded\\n", i); return 4; }
      if (role[i] == 1) fwrite(at, 1, bytes[i], out);
      free(tensors[i]);
    }
    free(workspace);
  }
  fclose(out);
  return 0;
}
`;

/** The C compiler of this machine, or undefined. */
export function compilerName(): string | undefined {
  return ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

interface Image { readonly planned: PlannedCase; readonly image: NetworkImage }

const SANITISED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g1'];

/** The programs keep what they allocated until they end. */
const SANITISER = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };

/** Whether the compiler's programs can watch addresses and undefined behaviour: two faults that were made on purpose are seen. */
export function canSanitise(compiler: string, folder: string): boolean {
  const source = path.join(folder, 'faults.c');
  const program = path.join(folder, 'faults');
  writeFileSync(source, '#include <stdlib.h>\n#include <limits.h>\nint main(int n, char **v) { volatile int most = INT_MAX - 2; int *p = calloc(2, sizeof(int)); return n == 1 ? 0 : n == 2 ? p[n] : most + n > 0; }\n');
  if (spawnSync(compiler, [...SANITISED, '-o', program, source], { stdio: 'ignore' }).status !== 0) return false;
  const said = (...args: readonly string[]): string => spawnSync(program, args, { encoding: 'utf8', env: SANITISER }).stderr;
  return said() === '' && said('a').includes('heap-buffer-overflow') && said('a', 'b').includes('signed integer overflow');
}

/** Outputs' bytes for each case. `sanitised`: the program watches every address and undefined behaviour, and no byte is spare. Throws with what the compiler or the program said. */
export function runCCases(cases: readonly PlannedCase[], folder: string, compiler: string, schedule: Schedule, sanitised = false): Uint8Array[][] {
  const images = cases.map((planned, c): Image => ({
    planned, image: assembleNetwork(planned.plan, planned.plan.tasks.map((task, i) => compileTask(task.dag, `c${c}_k${i}`, schedule, UNIT)), `network_${c}`),
  }));
  const source = path.join(folder, 'cases.c');
  const program = path.join(folder, 'cases');
  writeFileSync(source, networkFile(images.map(({ image }) => printNetwork(image.code, DIALECT)), `
static void (*const networks[])(const struct ansor_host *, void *const *, unsigned char *) = { ${images.map((_, c) => `network_${c}`).join(', ')} };
${MAIN}`));
  const built = spawnSync(compiler, ['-O1', ...(sanitised ? SANITISED : []), `-DEXACT=${sanitised ? 1 : 0}`, '-std=gnu11', '-w', '-fno-math-errno', '-o', program, source, '-lm'], { encoding: 'utf8', timeout: 300_000 });
  if (built.status !== 0) throw new Error(`the C code does not compile: ${built.stderr.slice(0, 2000)}`);
  const data = path.join(folder, 'cases.in');
  const results = path.join(folder, 'cases.out');
  writeFileSync(data, inputFile(images));
  const run = spawnSync(program, [data, results], { encoding: 'utf8', timeout: 240_000, env: SANITISER });
  if (run.status !== 0) throw new Error(`the program ended with ${run.status ?? run.signal} in ${run.stdout.trim().split('\n').slice(-2).join(', ')} ${run.stderr.slice(0, 1500)}`);
  return outputsOf(images, readFileSync(results));
}

function inputFile(images: readonly Image[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const word = (n: number): void => { parts.push(new Uint8Array(BigUint64Array.of(BigInt(n)).buffer)); };
  word(images.length);
  for (const { planned, image } of images) {
    const workspace = networkWorkspace(image.code);
    word(image.params.length);
    word(Math.ceil((workspace.sharedBytes + workspace.threadBytes) / 64) * 64);
    image.params.forEach((p, i) => {
      word(p.role === 'output' ? 1 : 0);
      word(elementCount(p.shape) * dtypeBytes(p.dtype));
      if (p.role === 'input') parts.push(planned.inputs[i]?.bytes ?? new Uint8Array(0));
      if (p.role !== 'constant') return;
      const constant = p.data === undefined ? undefined : constantBytes(p.data);
      if (constant?.ok !== true) throw new Error(`the constant ${p.name} has no data`);
      parts.push(constant.value);
    });
  }
  return Buffer.concat(parts);
}

function outputsOf(images: readonly Image[], bytes: Uint8Array): Uint8Array[][] {
  let at = 0;
  return images.map(({ planned, image }) => {
    const byName = new Map<string, Uint8Array>();
    for (const p of image.params) {
      if (p.role !== 'output') continue;
      const size = elementCount(p.shape) * dtypeBytes(p.dtype);
      byName.set(p.name, bytes.slice(at, at + size));
      at += size;
    }
    return planned.plan.outputs.map((port) => byName.get(port.name) ?? new Uint8Array(0));
  });
}
