/** What the printer may use of a compiler and its CPU. */
import type { CDialect } from './print.js';
import type { CToolchain } from './toolchain.js';

export function dialectOf(toolchain: CToolchain): CDialect {
  const x86 = toolchain.arch === 'x86_64';
  // clang has dropped some of gcc's builtins; its own instruction selection finds minimum and maximum in the portable form.
  const builtins = x86 && toolchain.kind === 'gcc';
  const pin = x86 ? (toolchain.vector.bytes === 64 ? 'v' : 'x') : toolchain.arch === 'aarch64' ? 'w' : undefined;
  return { x86VectorBytes: builtins ? toolchain.vector.bytes : 0, pin };
}
