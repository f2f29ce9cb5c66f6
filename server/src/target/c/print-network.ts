/** Networks as C: the kernels, the procedures, and one function that calls them in order. */
import { defined } from '../../base/assert.js';
import { kernelHeadC } from '../abi.js';
import { kernelWorkspaceOffset, type NetworkCode, type TensorPlace } from '../network.js';
import { printProcedure } from './print-procedure.js';
import { printKernel, type CDialect } from './print.js';
import { PRELUDE } from './types.js';

/** One translation unit with everything. */
export function printNetwork(network: NetworkCode, dialect: CDialect): string {
  return PRELUDE + printNetworkFunctions(network, dialect);
}

/** The same without the definitions at its head, which several networks of one file share; their kernels' symbols must be distinct. */
export function printNetworkFunctions(network: NetworkCode, dialect: CDialect): string {
  const offset = kernelWorkspaceOffset(network);
  const procedures = network.procedures ?? [];
  const symbols = procedures.map(({ name }, i) => `${network.symbol}_p${i}_${name}`);
  const calls = network.calls.map((call) => {
    const tensors = `void *const t[] = { ${call.tensors.map(place).join(', ')} };`;
    if ('procedure' in call) return `  { ${tensors} ${defined(symbols[call.procedure], 'a procedure')}(t, workspace + ${offset}); }`;
    return `  { ${tensors} ${defined(network.kernels[call.kernel], 'a kernel').symbol}(host, t, workspace + ${offset}); }`;
  });
  return `${network.kernels.map((kernel) => printKernel(kernel, dialect)).join('\n')}${procedures.map((procedure, i) => printProcedure(procedure, symbols[i] ?? '')).join('')}
${kernelHeadC(network.symbol)} {
${calls.join('\n')}
}
`;
}

function place(p: TensorPlace): string {
  return p.kind === 'param' ? `tensors[${p.position}]` : `workspace + ${p.offset}`;
}
