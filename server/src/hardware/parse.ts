/** Target strings, read and written as records have them (spec log-format, 2.2). */
import { err, ok, type Result } from '../base/result.js';
import { KEYS_PATTERN, KINDS, valuePattern } from './attributes.js';
import type { Target } from './target.js';

/** `column` counts from 1 in the target string. */
export interface TargetProblem { readonly message: string; readonly column: number; readonly remedy?: string }

/**
 * Reads `<kind> -keys=a,b -attr=value ...`; an attribute without a value counts as 1, `--` is `-`. Nothing is filled in
 * (see `canonicalTarget`). Attributes and values outside of the allow-list are refused.
 */
export function parseTarget(text: string): Result<Target, TargetProblem> {
  const words = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], column: match.index + 1 }));
  const [first, ...rest] = words;
  if (first === undefined) return err({ message: 'the target is empty', column: 1, remedy: 'give one, like "llvm -mcpu=core-avx2"' });
  if (!KINDS.has(first.text)) {
    return err({ message: `unknown target kind ${JSON.stringify(cut(first.text))}`, column: first.column, remedy: `known are ${[...KINDS.keys()].join(', ')}` });
  }
  let keys: readonly string[] = [];
  const attrs = new Map<string, string>();
  for (const word of rest) {
    const match = /^--?([A-Za-z][A-Za-z0-9_-]*)(?:=(.*))?$/.exec(word.text);
    if (match === null) return err({ message: `${JSON.stringify(cut(word.text))} is no target attribute`, column: word.column, remedy: 'attributes are written -name=value' });
    const [, name = '', written] = match;
    const value = written ?? '1';
    const pattern = name === 'keys' ? KEYS_PATTERN : valuePattern(name);
    if (pattern === undefined) return err({ message: `unknown target attribute -${cut(name)}`, column: word.column });
    if (!pattern.test(value)) return err({ message: `${JSON.stringify(cut(value))} is no valid value of -${name}`, column: word.column });
    if (attrs.has(name) || (name === 'keys' && keys.length > 0)) return err({ message: `-${name} is given twice`, column: word.column });
    if (name === 'keys') keys = value.split(',');
    else attrs.set(name, value === 'true' ? '1' : value === 'false' ? '0' : value);
  }
  return ok({ kind: first.text, keys, attrs });
}

/** Kind, keys, then attributes sorted by name. */
export function printTarget(target: Target): string {
  const names = [...target.attrs.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const keys = target.keys.length === 0 ? [] : [`-keys=${target.keys.join(',')}`];
  return [target.kind, ...keys, ...names.map((name) => `-${name}=${target.attrs.get(name) ?? ''}`)].join(' ');
}

/** With the keys and the attributes that the original gives a target of this kind when nothing is said. */
export function canonicalTarget(target: Target): Target {
  const device = target.attrs.get('device');
  const own = KINDS.get(target.kind) ?? [];
  const keys = target.keys.length > 0 ? target.keys : device === undefined || own.includes(device) ? own : [device, ...own];
  const attrs = new Map(target.attrs);
  const give = (name: string, value: string): void => {
    if (!attrs.has(name)) attrs.set(name, value);
  };
  if (target.kind === 'cuda' || target.kind === 'nvptx') {
    give('max_num_threads', '1024');
    give('thread_warp_size', '32');
  } else if (target.kind === 'rocm') {
    give('max_num_threads', '256');
    give('thread_warp_size', '64');
  } else if (['opencl', 'metal', 'vulkan', 'webgpu', 'opengl'].includes(target.kind)) give('max_num_threads', '256');
  return { kind: target.kind, keys, attrs };
}

/** `-num-cores`, where the target says it. */
export function coresOf(target: Target): number | undefined {
  const value = target.attrs.get('num-cores');
  return value === undefined ? undefined : Number(value);
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
