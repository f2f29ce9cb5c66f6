/**
 * Targets as records write them: `<kind> -keys=a,b -attr=value ...` (spec log-format 2.2). Values only: which compiler serves a
 * target is the business of `target/`.
 */
export interface Target {
  /** `llvm`, `cuda`, `opencl`, ... */
  readonly kind: string;
  readonly keys: readonly string[];
  /** Attribute name without the dash -> value, printed sorted by name. */
  readonly attrs: ReadonlyMap<string, string>;
}

/** GPU targets use the GPU sketch rules; Mali is one too, with rules of its own. */
export function isGpu(target: Target): boolean {
  return target.keys.includes('gpu') || ['cuda', 'opencl', 'rocm', 'vulkan', 'metal', 'opengl', 'webgpu'].includes(target.kind);
}

export function isMali(target: Target): boolean {
  return target.attrs.get('device') === 'mali';
}
