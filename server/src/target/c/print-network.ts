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

/** One translation unit with everything. */
export function printNetwork(network: NetworkCode, dialect: CDialect): string {
  return (network.stamps === undefined ? '' : CLOCK) + PRELUDE + printNetworkFunctions(network, dialect);
}

/** The same without the definitions at its head, which several networks of one file share; their kernels' symbols must be distinct. */
export function printNetworkFunctions(network: NetworkCode, dialect: CDialect): string {
  const offset = kernelWorkspaceOffset(network);
  const procedures = network.procedures ?? [];
  const symbols = procedures.map(({ name }, i) => `${network.symbol}_p${i}_${name}`);
  const calls = network.calls.map((call) => {
    if ('loop' in call) return call.loop === 'end' ? '  }' : `  while (*(const unsigned char *)(${place(call.going)})) {`;
    const tensors = `void *const t[] = { ${call.tensors.map(place).join(', ')} };`;
    if ('procedure' in call) return `  { ${tensors} ${defined(symbols[call.procedure], 'a procedure')}(t, workspace + ${offset}); }`;
    return `  { ${tensors} ${defined(network.kernels[call.kernel], 'a kernel').symbol}(host, t, workspace + ${offset}); }`;
  });
  return `${network.kernels.map((kernel) => printKernel(kernel, dialect)).join('\n')}${procedures.map((procedure, i) => printProcedure(procedure, symbols[i] ?? '')).join('')}
${kernelHeadC(network.symbol)} {
${(network.stamps === undefined ? calls : stamped(calls, network.stamps)).join('\n')}
}
`;
}

function stamped(calls: readonly string[], position: number): string[] {
  const stamp = (i: number): string => `  now = ansor_now(); stamps[${i}] += now - last; last = now;`;
  return [`  double *stamps = tensors[${position}];`, `  for (int i = 0; i < ${calls.length}; i++) stamps[i] = 0;`, '  double now, last = ansor_now();', ...calls.flatMap((call, i) => [call, stamp(i)])];
}

function place(p: TensorPlace): string {
  return p.kind === 'param' ? `tensors[${p.position}]` : `workspace + ${p.offset}`;
}
