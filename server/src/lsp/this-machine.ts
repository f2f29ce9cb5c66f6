/** The machine that the server runs on, as the session lines of logs name it. */
import os from 'node:os';
import type { Here } from '../ide/log/elsewhere.js';
import { findToolchain } from '../target/c/toolchain.js';

export function thisMachine(): Here {
  return { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), compiler: undefined };
}

/** With the compiler's version. The compiler is run to be asked: only in a trusted workspace. `path`: of one that a setting names, or empty. */
export async function withCompiler(here: Here, path: string): Promise<Here> {
  const found = await findToolchain(path === '' ? {} : { command: [path] });
  return found.ok ? { ...here, compiler: found.value.version } : here;
}
