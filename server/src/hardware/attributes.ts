/**
 * What a target string may say: names of attributes and patterns of their values. Only what matches gets any further, since some
 * of it reaches a compiler's arguments. (Attributes of TVM's target kinds.)
 */
const INTEGER = /^-?\d{1,12}$/;
const BOOLEAN = /^(0|1|true|false)$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
const WORDS = /^[A-Za-z0-9][A-Za-z0-9._+-]*(,[A-Za-z0-9][A-Za-z0-9._+-]*)*$/;

const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ['mcpu', WORD], ['mtriple', WORD], ['target', WORD], ['march', WORD], ['mabi', WORD], ['arch', WORD], ['device', WORD], ['tag', /^[A-Za-z0-9][A-Za-z0-9._+/-]*$/],
  ['model', /^[A-Za-z0-9][A-Za-z0-9._+/()-]*$/], ['mattr', /^[+-][A-Za-z0-9][A-Za-z0-9._-]*(,[+-][A-Za-z0-9][A-Za-z0-9._-]*)*$/],
  ['libs', WORDS], ['runtime', WORD], ['executor', WORD], ['mfloat-abi', /^(hard|soft|softfp)$/], ['opt-level', /^[0-3sz]$/], ['interface-api', WORD],
  ['link-params', BOOLEAN], ['system-lib', BOOLEAN], ['unpacked-api', BOOLEAN], ['fast-math', BOOLEAN],
  ['num-cores', /^[1-9]\d{0,4}$/], ['vector-width', INTEGER], ['thread_warp_size', INTEGER], ['texture_spatial_limit', INTEGER], ['registers_per_block', INTEGER],
  ['shared_memory_per_block', INTEGER], ['l2_cache_size_bytes', INTEGER], ['workspace-byte-alignment', INTEGER], ['constants-byte-alignment', INTEGER],
  ['driver_name', WORD], ['device_name', WORD], ['device_type', WORD], ['driver_version', INTEGER], ['vulkan_api_version', INTEGER],
]);

/** The pattern of an attribute's value; undefined if targets have no such attribute. */
export function valuePattern(attribute: string): RegExp | undefined {
  const known = PATTERNS.get(attribute);
  if (known !== undefined) return known;
  if (/^max_[a-z][a-z0-9_]{0,60}$/.test(attribute)) return INTEGER;
  return /^(supports|fast-math)[_-][a-z][a-z0-9_-]{0,60}$/.test(attribute) ? BOOLEAN : undefined;
}

/** Keys are names of operator families, like `cpu` or `mali`. */
export const KEYS_PATTERN = /^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$/;

/** Target kinds with the keys that they have when none are given. */
export const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['llvm', ['cpu']], ['c', ['cpu']], ['cuda', ['cuda', 'gpu']], ['nvptx', ['cuda', 'gpu']], ['rocm', ['rocm', 'gpu']], ['opencl', ['opencl', 'gpu']],
  ['metal', ['metal', 'gpu']], ['vulkan', ['vulkan', 'gpu']], ['webgpu', ['webgpu', 'gpu']], ['opengl', ['opengl', 'gpu']], ['hexagon', ['hexagon', 'cpu']],
  ['stackvm', []], ['ext_dev', []], ['aocl', ['aocl', 'hls']], ['sdaccel', ['sdaccel', 'hls']],
]);
