/** Where a chaotic session works: a folder with the input, its log's folder, its cache, a compiler that can be told to misbehave, a disk that can be full. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What one compiled candidate does when its library is loaded, or what its compiler does. */
export const BAD_CANDIDATES: Readonly<Record<string, string>> = {
  segv: '*(volatile int *)0 = 1;', ill: '__builtin_trap();', fpe: 'volatile int n = 7, z = 0; volatile int q = n / z; (void)q;', abort: '__builtin_abort();',
  exit: 'void _exit(int); _exit(0);', fork: 'int fork(void); for (;;) fork();', session: 'int setsid(void); setsid(); for (;;);',
  killer: 'int kill(int, int); kill(-1, 9);', memory: 'void *malloc(unsigned long); for (;;) { volatile char *p = malloc(1ul << 24); if (!p) __builtin_abort(); p[0] = 1; }',
  flood: 'long write(int, const void *, unsigned long); static const char junk[4096]; for (int i = 0; i < 100000; i++) write(1, junk, 4096); __builtin_trap();',
  file: 'int open(const char *, int, int); open("escaped", 0101, 0600); __builtin_trap();', stack: 'volatile char here; for (long i = 0; i < 1l << 26; i++) (&here)[i] = 1;',
};

export interface Place {
  readonly folder: string;
  readonly logs: string;
  readonly log: string;
  readonly cache: string;
  /** Exists while the disk is full (empty) or read-only (not empty). */
  readonly diskSwitch: string;
  /** Holds what the next compiled candidate is to do: a name of `BAD_CANDIDATES`, `error`, or `killed`. */
  readonly badSwitch: string;
  readonly compiler: string;
  readonly marker: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The library that makes disks full; undefined where it cannot be made. */
export function buildDiskFault(folder: string, compiler: string): string | undefined {
  const library = path.join(folder, 'full-disk.so');
  const built = spawnSync(compiler, ['-shared', '-fPIC', '-O1', fileURLToPath(new URL('full-disk.c', import.meta.url)), '-o', library, '-ldl'], { encoding: 'utf8' });
  return built.status === 0 ? library : undefined;
}

/** `realCompiler`: absolute path of gcc or clang. */
export function makePlace(folder: string, realCompiler: string, diskFault: string | undefined): Place {
  const at = (name: string): string => path.join(folder, name);
  mkdirSync(at('logs'), { recursive: true });
  mkdirSync(at('bin'));
  writeFileSync(at('mm.tc'), 'def mm(float(32, 24) A, const float(24, 40) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n}\n');
  for (const [name, body] of Object.entries(BAD_CANDIDATES)) writeFileSync(at(`bin/${name}.c`), `__attribute__((constructor)) static void bad(void) { ${body} }\n`);
  // One compilation takes the order, whoever is first; not that of plain programs, which have no parallel loop: without them nothing can be tuned.
  writeFileSync(at('bin/gcc'), `#!/bin/sh
case "$*" in *kernel.c*)
  if grep -q _p0 kernel.c && mv ${at('bad')} ${at('bin')}/taken.$$ 2>/dev/null; then
    kind=$(cat ${at('bin')}/taken.$$)
    case "$kind" in
      error) echo "error: chaos" >&2; exit 1;;
      killed) kill -9 $$;;
      *) cat ${at('bin')}/$kind.c >> kernel.c;;
    esac
  fi;;
esac
exec ${realCompiler} "$@"
`);
  chmodSync(at('bin/gcc'), 0o755);
  const cache = at('cache');
  return {
    folder, logs: at('logs'), log: at('logs/log.json'), cache, diskSwitch: at('disk-fails'), badSwitch: at('bad'), compiler: at('bin/gcc'), marker: `ANSOR_CACHE_DIR=${cache}`,
    env: { ANSOR_CACHE_DIR: cache, ANSOR_SESSION_DIR: at('sessions'), CHAOS_SWITCH: at('disk-fails'), ...(diskFault === undefined ? {} : { LD_PRELOAD: diskFault }) },
  };
}

export function mendAll(p: Place): void {
  rmSync(p.diskSwitch, { force: true });
  rmSync(p.badSwitch, { force: true });
  mkdirSync(p.logs, { recursive: true });
}
