/** Networks as C: the kernels, the procedures, and one function that calls them in order. */
import { defined } from '../../base/assert.js';
import { kernelHeadC } from '../abi.js';
import { kernelWorkspaceOffset, type NetworkCode, type TensorPlace } from '../network.js';
import { printProcedure } from './print-procedure.js';
import { printKernel, type CDialect } from './print.js';
import { PRELUDE } from './types.js';

const CLOCK = `#include <time.h>
static double ansor_now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec; }
`;

/** A network's functions as text, without the definitions at the head of a translation unit. */
export interface NetworkText {
  /** Each defines the symbol of a kernel. */
  readonly kernels: readonly { readonly symbol: string; readonly text: string }[];
  /** The procedures, and the function that calls all. */
  readonly caller: string;
  /** The caller reads a clock. */
  readonly stamped: boolean;
}

export function printNetwork(network: NetworkCode, dialect: CDialect): NetworkText {
  const offset = kernelWorkspaceOffset(network);
  const procedures = network.procedures ?? [];
  const symbols = procedures.map(({ name }, i) => `${network.symbol}_p${i}_${name}`);
  const calls = network.calls.map((call) => {
    if ('loop' in call) return call.loop === 'end' ? '  }' : `  while (*(const unsigned char *)(${place(call.going)})) {`;
    const tensors = `void *const t[] = { ${call.tensors.map(place).join(', ')} };`;
    if ('procedure' in call) return `  { ${tensors} ${defined(symbols[call.procedure], 'a procedure')}(t, workspace + ${offset}); }`;
    return `  { ${tensors} ${defined(network.kernels[call.kernel], 'a kernel').symbol}(host, t, workspace + ${offset}); }`;
  });
  return {
    kernels: network.kernels.map((kernel) => ({ symbol: kernel.symbol, text: printKernel(kernel, dialect) })),
    caller: `${procedures.map((procedure, i) => printProcedure(procedure, symbols[i] ?? '')).join('')}
${kernelHeadC(network.symbol)} {
${(network.stamps === undefined ? calls : stamped(calls, network.stamps)).join('\n')}
}
`,
    stamped: network.stamps !== undefined,
  };
}

/** One translation unit with networks, whose kernels' symbols are distinct, and what stands behind them. */
export function networkFile(networks: readonly NetworkText[], tail = ''): string {
  return `${head(networks)}${networks.map(({ kernels, caller }) => kernels.map(({ text }) => text).join('\n') + caller).join('\n')}${tail}`;
}

/** The same as units to be linked: each kernel by itself, and the rest. */
export function networkUnits(networks: readonly NetworkText[], tail = ''): { readonly shared: readonly { readonly symbol: string; readonly text: string }[]; readonly own: string } {
  const kernels = networks.flatMap((network) => network.kernels);
  return {
    shared: kernels.map(({ symbol, text }) => ({ symbol, text: `${PRELUDE}${hidden(symbol)}${text}` })),
    own: `${head(networks)}${kernels.map(({ symbol }) => hidden(symbol)).join('')}${networks.map(({ caller }) => caller).join('\n')}${tail}`,
  };
}

function head(networks: readonly NetworkText[]): string {
  return (networks.some(({ stamped }) => stamped) ? CLOCK : '') + PRELUDE;
}

/** A kernel's declaration: other units of the library call it, nobody else. */
function hidden(symbol: string): string {
  return `__attribute__((visibility("hidden"))) ${kernelHeadC(symbol)};\n`;
}

function stamped(calls: readonly string[], position: number): string[] {
  const stamp = (i: number): string => `  now = ansor_now(); stamps[${i}] += now - last; last = now;`;
  return [`  double *stamps = tensors[${position}];`, `  for (int i = 0; i < ${calls.length}; i++) stamps[i] = 0;`, '  double now, last = ansor_now();', ...calls.flatMap((call, i) => [call, stamp(i)])];
}

function place(p: TensorPlace): string {
  return p.kind === 'param' ? `tensors[${p.position}]` : `workspace + ${p.offset}`;
}
