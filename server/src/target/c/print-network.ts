/** Networks as C: the kernels and one function that calls them in order. */
import type { CDialect } from './print.js';
import { printTranslationUnit } from './print.js';
import { kernelHeadC } from '../abi.js';
import { kernelWorkspaceOffset, type NetworkCode, type TensorPlace } from '../network.js';

/** One translation unit with everything. */
export function printNetwork(network: NetworkCode, dialect: CDialect): string {
  const offset = kernelWorkspaceOffset(network);
  const calls = network.calls.map((call) => {
    const kernel = network.kernels[call.kernel];
    if (kernel === undefined) throw new Error(`assertion failed: no kernel ${call.kernel}`);
    return `  { void *const t[] = { ${call.tensors.map(place).join(', ')} }; ${kernel.symbol}(host, t, workspace + ${offset}); }`;
  });
  return `${printTranslationUnit(network.kernels, dialect)}
${kernelHeadC(network.symbol)} {
${calls.join('\n')}
}
`;
}

function place(p: TensorPlace): string {
  return p.kind === 'param' ? `tensors[${p.position}]` : `workspace + ${p.offset}`;
}
