/** Inputs that readers have not seen: seeds cut, doubled, spliced, with bytes and numbers changed, and structures from nothing. */
import type { Rng } from '../../server/src/base/rng.js';

const WORDS: readonly string[] = [
  '"', "'", '\\', '\n', '\r\n', '\0', '{', '}', '[', ']', '(', ')', ',', ':', '#', '# {"trial":', '{"i": ', '"SP"', '"AN"', '1e999', '-1', '1000000000', '999999999999999999999', '0x', 'NaN', 'null', 'true', '$(id)', '`id`', '../', '\u2028', '\ud800', '\ufeff',
  'def', '->', '+=!', 'max=!', 'where', 'in', 'float', 'int32', 'for', 'exp', '\u0130', '\uffff', '%s', '__proto__', 'constructor', 'toString',
];

function piece(rng: Rng): string {
  const deep = rng.int(40) === 0 ? 2000 : 1 + rng.int(4);
  return (WORDS[rng.int(WORDS.length)] ?? '').repeat(deep);
}

/** A text made from `seeds`. */
export function mutateText(seeds: readonly string[], rng: Rng): string {
  let text = seeds[rng.int(seeds.length)] ?? '';
  for (let n = 1 + rng.int(4); n > 0; n--) {
    const at = rng.int(text.length + 1);
    const to = Math.min(text.length, at + rng.int(12));
    switch (rng.int(8)) {
      case 0: text = text.slice(0, at); break;
      case 1: text = text.slice(0, at) + text.slice(to); break;
      case 2: text = text.slice(0, at) + piece(rng) + text.slice(to); break;
      case 3: text = text.slice(0, at) + String.fromCharCode(rng.int(rng.int(3) === 0 ? 65536 : 128)) + text.slice(at + 1); break;
      case 4: {
        const other = seeds[rng.int(seeds.length)] ?? '';
        text = text.slice(0, at) + other.slice(rng.int(other.length + 1));
        break;
      }
      case 5: text = text.replace(/\d+/g, (d) => (rng.int(6) === 0 ? ['0', '-1', '1e9', '2147483648', '9007199254740993', '0.5', `${d}${d}`][rng.int(7)] ?? d : d)); break;
      case 6: text = text.slice(0, at) + text.slice(at, to).repeat(1 + rng.int(30)) + text.slice(to); break;
      default: text = [...text.slice(at, to)].reverse().join('') + text.slice(to);
    }
    if (text.length > 20_000) text = text.slice(0, 20_000);
  }
  return text;
}

/** Bytes made from `seeds`. */
export function mutateBytes(seeds: readonly Uint8Array[], rng: Rng): Uint8Array {
  let bytes = Uint8Array.from(seeds[rng.int(seeds.length)] ?? []);
  for (let n = 1 + rng.int(4); n > 0; n--) {
    const at = rng.int(bytes.length + 1);
    switch (rng.int(6)) {
      case 0: bytes = bytes.slice(0, at); break;
      case 1: bytes[at] = rng.int(256); break;
      // Lengths and numbers: long varints.
      case 2: bytes = join(bytes.subarray(0, at), Uint8Array.from({ length: 1 + rng.int(10) }, () => 0x80 + rng.int(128)), Uint8Array.of(rng.int(128)), bytes.subarray(at)); break;
      case 3: bytes = join(bytes.subarray(0, at), bytes.subarray(at + rng.int(16))); break;
      case 4: {
        const other = seeds[rng.int(seeds.length)] ?? new Uint8Array(0);
        bytes = join(bytes.subarray(0, at), other.subarray(rng.int(other.length + 1)));
        break;
      }
      default: bytes = bytes.map((b) => (rng.int(64) === 0 ? b ^ (1 << rng.int(8)) : b));
    }
    if (bytes.length > 16_384) bytes = bytes.slice(0, 16_384);
  }
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Any JSON value, deep or wide or odd. */
export function anyJson(rng: Rng, depth = 0): unknown {
  switch (rng.int(depth > 4 ? 7 : 10)) {
    case 0: return null;
    case 1: return rng.int(2) === 0;
    case 2: return [0, -1, 1e9, 1.5, 2 ** 53, -(2 ** 31), 1e308][rng.int(7)];
    case 3: return '';
    case 4: return piece(rng);
    case 5: return ['file:///a.tc', 'untitled:x', 'file:///../../etc/passwd', 'ansor:/x', 'not a uri', 'file:///%00', 'http://x/y'][rng.int(7)];
    case 6: return {};
    case 7: return Array.from({ length: rng.int(6) }, () => anyJson(rng, depth + 1));
    case 8: return Object.fromEntries(Array.from({ length: rng.int(5) }, () => [KEYS[rng.int(KEYS.length)] ?? 'x', anyJson(rng, depth + 1)]));
    default: return rng.int(20) === 0 ? nest(3000) : anyJson(rng, depth + 1);
  }
}

const KEYS = ['textDocument', 'uri', 'position', 'line', 'character', 'range', 'start', 'end', 'text', 'contentChanges', 'version', 'languageId', 'context', 'command', 'arguments', 'settings', 'items', 'log', 'method', '__proto__', 'constructor', 'length'];

function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
