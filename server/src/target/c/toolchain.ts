/**
 * The C compiler for this machine: found, asked what it compiles for, and given the flags that were measured to be good
 * (docs/benchmarks.md). Nothing from a model, log or workspace reaches a command line: the command comes from a setting of
 * machine scope or the search path, the CPU name passes a pattern.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.js';
import type { VectorUnit } from '../kernel/ir.js';
import { runProcess } from './process.js';
import { describeMacros, type MacroFacts } from './macros.js';

export type CompilerKind = 'gcc' | 'clang' | 'zig';

export interface CToolchain {
  readonly kind: CompilerKind;
  /** Program and leading arguments, e.g. `['/usr/bin/gcc']`, `['/opt/zig', 'cc']`. */
  readonly command: readonly string[];
  /** First line of what the compiler says about its version. */
  readonly version: string;
  /** Changes whenever equal sources and flags could give another binary; part of cache keys. */
  readonly identity: string;
  /** `x86_64`, `aarch64`, ... */
  readonly arch: string;
  /** The CPU that code is made for, as LLVM names it; never `native`. */
  readonly cpu: string;
  /** Instruction set extensions, e.g. `avx2`, `fma`, `avx512f`. */
  readonly features: readonly string[];
  readonly vector: VectorUnit;
  /** For kernels: source to shared library. */
  readonly kernelFlags: readonly string[];
  readonly linkFlags: readonly string[];
  /** `-c` with several sources makes an object of each; zig makes one of all. */
  readonly objectPerSource: boolean;
  /** For programs of ours that must compute the same everywhere. */
  readonly hostFlags: readonly string[];
}

export interface ToolchainProblem {
  readonly kind: 'missing' | 'broken' | 'bad-cpu';
  readonly message: string;
  /** What the user can do. */
  readonly remedy: string;
}

export interface ToolchainOptions {
  /** Overrides the search: program and leading arguments. */
  readonly command?: readonly string[];
  /** The CPU to compile for; default: the one here. */
  readonly cpu?: string;
  /** Directories to search; default: the environment's PATH. */
  readonly path?: string;
}

/** Searched in this order; each is asked what it really is (on macOS `gcc` is clang). */
const CANDIDATES: readonly (readonly string[])[] = [['gcc'], ['clang'], ['cc'], ['zig', 'cc']];
const CPU_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/;
const ASK_MS = 60_000;

/** Finds and describes a compiler. The first call of zig may take a minute (it builds its libc). */
export async function findToolchain(options: ToolchainOptions = {}): Promise<Result<CToolchain, ToolchainProblem>> {
  if (options.cpu !== undefined && !CPU_PATTERN.test(options.cpu)) {
    return err({ kind: 'bad-cpu', message: `not a CPU name: ${JSON.stringify(options.cpu)}`, remedy: 'Give a name as LLVM has it, e.g. -mcpu=skylake-avx512.' });
  }
  const path = options.path ?? process.env['PATH'] ?? '';
  let broken: ToolchainProblem | undefined;
  for (const candidate of options.command === undefined ? CANDIDATES : [options.command]) {
    const program = findProgram(candidate[0] ?? '', path);
    if (program === undefined) continue;
    const described = await describe([program, ...candidate.slice(1)], options.cpu);
    if (described.ok) return described;
    broken ??= described.error;
  }
  return err(broken ?? missing(options.command));
}

/** The target string for records: means the same on every machine. */
export function recordTarget(toolchain: CToolchain, numCores: number): string {
  return `llvm -keys=cpu -mcpu=${toolchain.cpu} -num-cores=${numCores}`;
}

function missing(command: readonly string[] | undefined): ToolchainProblem {
  const remedy = process.platform === 'darwin' ? 'Install the command line tools: xcode-select --install'
    : process.platform === 'win32' ? 'Install zig (winget install zig.zig) or use the target wasm.'
      : 'Install one (Debian, Ubuntu: apt install gcc; Fedora: dnf install gcc), or use the target wasm.';
  return command === undefined
    ? { kind: 'missing', message: 'no C compiler (gcc, clang or zig) on the search path', remedy }
    : { kind: 'missing', message: `the C compiler ${JSON.stringify(command[0] ?? '')} is not an executable program`, remedy: `Correct the setting, or remove it to search the path. ${remedy}` };
}

function findProgram(name: string, path: string): string | undefined {
  const places = /[\\/]/.test(name) ? [name] : path.split(delimiter).filter((d) => d !== '').map((d) => join(d, name));
  const endings = process.platform === 'win32' ? ['.exe', ''] : [''];
  for (const place of places) {
    for (const ending of endings) {
      try {
        accessSync(place + ending, constants.X_OK);
        return place + ending;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

async function describe(command: readonly string[], cpu: string | undefined): Promise<Result<CToolchain, ToolchainProblem>> {
  const broken = (message: string): Result<never, ToolchainProblem> =>
    err({ kind: 'broken', message: `${command.join(' ')} does not work: ${message}`, remedy: 'Reinstall it, or name another compiler in the settings.' });
  const ask = (args: readonly string[]): Promise<{ code: number | undefined; stdout: string; stderr: string; failure: string | undefined }> =>
    runProcess([...command, ...args], { timeoutMs: ASK_MS, endWithParent: true });
  const dump = ['-dM', '-E', '-x', 'c', process.platform === 'win32' ? 'NUL' : '/dev/null'];
  const plain = await ask(dump);
  if (plain.code !== 0) return broken(plain.failure ?? plain.stderr.slice(0, 300));
  const base = describeMacros(plain.stdout);
  const kind: CompilerKind = !base.clang ? 'gcc' : command.at(-1) === 'cc' && command.length > 1 ? 'zig' : 'clang';
  const selector = base.arch === 'x86_64' ? '-march' : '-mcpu';
  const machine = `${selector}=${cpu ?? 'native'}`;
  const tuned = await ask([machine, ...dump]);
  if (tuned.code !== 0 && cpu !== undefined) {
    return err({ kind: 'bad-cpu', message: `${command.join(' ')} does not know the CPU ${cpu}`, remedy: 'Give a CPU name that this compiler knows, or none for this machine.' });
  }
  // A compiler without `native` for this machine still works for its base architecture.
  const facts = tuned.code === 0 ? describeMacros(tuned.stdout) : base;
  const machineFlags = tuned.code === 0 ? [machine] : [];
  const said = await ask(['--version']);
  const version = said.stdout.split('\n')[0]?.trim() ?? '';
  const name = cpu ?? await resolveCpu(kind, machine, facts, ask);
  const hash = createHash('sha256').update(version).update(tuned.stdout).update(realpathSync(command[0] ?? '')).digest('hex').slice(0, 16);
  return ok({
    kind, command, version, arch: facts.arch, cpu: name, features: facts.features, vector: facts.vector,
    identity: `${kind} ${version} ${hash}`,
    kernelFlags: kernelFlags(kind, facts, machineFlags),
    linkFlags: ['-shared', '-lm'],
    objectPerSource: kind !== 'zig',
    hostFlags: ['-O2', '-std=gnu11', '-ffp-contract=off', '-pthread', '-w', ...(kind === 'zig' ? ['-fno-sanitize=all'] : [])],
  });
}

type Ask = (args: readonly string[]) => Promise<{ stdout: string; stderr: string }>;

/** What `native` stands for. */
async function resolveCpu(kind: CompilerKind, machine: string, facts: MacroFacts, ask: Ask): Promise<string> {
  if (kind === 'gcc') {
    const help = await ask([machine, '-Q', '--help=target']);
    const found = /^\s*-m(?:arch|cpu)=\s+([A-Za-z0-9._-]+)/m.exec(help.stdout)?.[1];
    if (found !== undefined && found !== 'native') return found;
  } else if (facts.cpu === undefined) {
    // The last one counts: wrappers such as zig give a default first.
    const steps = await ask([machine, '-###', '-x', 'c', '-c', process.platform === 'win32' ? 'NUL' : '/dev/null']);
    const found = [...steps.stderr.matchAll(/"?-target-cpu"?\s+"?([A-Za-z0-9._-]+)/g)].at(-1)?.[1];
    if (found !== undefined) return found;
  }
  return facts.cpu ?? (facts.arch === 'x86_64' ? 'x86-64' : 'generic');
}

/**
 * Flags for kernels. -O2, because sources carry explicit vectors and -O3 gains nothing on them; contraction to fused
 * multiply-adds is what a tensor program means; no flag changes the meaning of NaN or infinity.
 */
function kernelFlags(kind: CompilerKind, facts: MacroFacts, machine: readonly string[]): readonly string[] {
  const flags = [
    '-O2', '-std=gnu11', '-fPIC', '-w', '-ffp-contract=fast', '-fno-math-errno', '-fno-trapping-math', '-fno-stack-protector',
    '-fno-asynchronous-unwind-tables', ...machine,
  ];
  // gcc folds identical functions of one file into one, so that two candidates would share their code's placement.
  if (kind === 'gcc') flags.push('-fno-ipa-icf', '-pipe');
  // Under a hypervisor `native` may stand for a client CPU, for which clang splits 64-byte vectors.
  else if (facts.vector.bytes === 64) flags.push('-mprefer-vector-width=512');
  if (kind === 'zig') flags.push('-fno-sanitize=all');
  return flags;
}
