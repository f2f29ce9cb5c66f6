/** Every C compiler that could be used here: its version and the CPU that it compiles for. */
import type { CompilerReport } from '../../protocol/setup-report.js';
import { findToolchain } from '../../target/c/toolchain.js';

/** In the order in which tuning looks for them. */
const COMMANDS: readonly (readonly string[])[] = [['gcc'], ['clang'], ['cc'], ['zig', 'cc']];

/** `named`: the one that a setting or an option names; it comes first. */
export async function listCompilers(named?: readonly string[]): Promise<readonly CompilerReport[]> {
  const wanted = named === undefined ? COMMANDS : [named, ...COMMANDS];
  return Promise.all(wanted.map(async (command): Promise<CompilerReport> => {
    const name = command.join(' ');
    const found = await findToolchain({ command });
    if (found.ok) return { name, version: found.value.version, cpu: found.value.cpu };
    return { name, version: null, problem: found.error.message };
  }));
}
