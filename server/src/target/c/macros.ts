/** What a compiler's predefined macros (`-dM -E`) say about the machine it compiles for: the same question for all compilers. */
import type { VectorUnit } from '../kernel/ir.js';

export interface MacroFacts {
  readonly clang: boolean;
  readonly arch: string;
  readonly features: readonly string[];
  readonly vector: VectorUnit;
  /** The CPU's name, if a macro tells it. */
  readonly cpu: string | undefined;
}

/** Macro -> feature's name. */
const FEATURES: readonly (readonly [string, string])[] = [
  ['__SSE4_2__', 'sse4.2'], ['__AVX__', 'avx'], ['__AVX2__', 'avx2'], ['__FMA__', 'fma'], ['__F16C__', 'f16c'], ['__AVXVNNI__', 'avxvnni'],
  ['__AVX512F__', 'avx512f'], ['__AVX512BW__', 'avx512bw'], ['__AVX512VL__', 'avx512vl'], ['__AVX512VNNI__', 'avx512vnni'],
  ['__AVX512BF16__', 'avx512bf16'], ['__AVX512FP16__', 'avx512fp16'], ['__AMX_TILE__', 'amx-tile'], ['__AMX_INT8__', 'amx-int8'], ['__AMX_BF16__', 'amx-bf16'],
  ['__ARM_NEON', 'neon'], ['__ARM_FEATURE_FMA', 'fma'], ['__ARM_FEATURE_DOTPROD', 'dotprod'], ['__ARM_FEATURE_SVE', 'sve'],
];

export function describeMacros(dump: string): MacroFacts {
  const macros = new Set<string>();
  for (const line of dump.split('\n')) {
    const name = /^#define (\w+)/.exec(line)?.[1];
    if (name !== undefined) macros.add(name);
  }
  const features = FEATURES.filter(([macro]) => macros.has(macro)).map(([, name]) => name);
  const arch = macros.has('__x86_64__') ? 'x86_64' : macros.has('__aarch64__') ? 'aarch64' : macros.has('__riscv') ? 'riscv' : macros.has('__arm__') ? 'arm' : 'other';
  return { clang: macros.has('__clang__'), arch, features, vector: vectorUnit(arch, features), cpu: cpuName(macros) };
}

function vectorUnit(arch: string, features: readonly string[]): VectorUnit {
  if (features.includes('avx512f')) return { bytes: 64, registers: 32 };
  if (features.includes('avx')) return { bytes: 32, registers: 16 };
  return { bytes: 16, registers: arch === 'x86_64' ? 16 : 32 };
}

/** x86 compilers define `__<cpu>__` and `__tune_<cpu>__`. */
function cpuName(macros: ReadonlySet<string>): string | undefined {
  for (const macro of macros) {
    const name = /^__tune_(\w+)__$/.exec(macro)?.[1];
    if (name !== undefined && macros.has(`__${name}__`)) return name === 'k8' ? 'x86-64' : name.replace(/_/g, '-');
  }
  return undefined;
}
