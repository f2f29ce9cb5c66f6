/**
 * The runner's protocol (runner/wire.h): frames over a byte stream, little-endian:
 *
 *     u32 magic, u32 type, u32 request id, u32 payload length (at most 16 MiB), payload
 *
 * The client asks, the runner answers each request once, in order: type | 0x80, or 0xff with a text. A stream that does not
 * start with a frame is refused and ends the runner. The first request is HELLO; a version other than ours is refused here.
 * The launcher (`runner --launch`, runner/launch.c) speaks the same and knows only START and WAIT; it answers WAIT when a process has ended.
 */
import type { DType } from '../ir/dtype.js';

export const WIRE_VERSION = 3;
export const WIRE_MAGIC = 0x52534e41;
export const WIRE_HEADER = 16;
export const WIRE_LIMIT = 16 << 20;

export const MESSAGE = Object.freeze({ hello: 1, store: 2, fill: 3, read: 4, drop: 5, run: 6, open: 7, call: 8, close: 9, size: 10, start: 11, wait: 12 });
export type MessageType = (typeof MESSAGE)[keyof typeof MESSAGE];
export const REPLY = 0x80;
export const ERROR_REPLY = 0xff;

/** Order as in runner/element.h. */
const DTYPES: readonly DType[] = ['float32', 'float16', 'bfloat16', 'float64', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool', 'uint16', 'uint32', 'uint64'];
export function dtypeCode(dtype: DType): number {
  return DTYPES.indexOf(dtype);
}

export interface Frame { readonly type: number; readonly id: number; readonly payload: Uint8Array }

/** Writes a payload. */
export class PayloadWriter {
  private data = new Uint8Array(256);
  private view = new DataView(this.data.buffer);
  private size = 0;

  private room(n: number): number {
    const at = this.size;
    this.size += n;
    if (this.size > this.data.length) {
      const grown = new Uint8Array(this.size * 2);
      grown.set(this.data.subarray(0, at));
      this.data = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  u8(v: number): this {
    const at = this.room(1);
    this.view.setUint8(at, v);
    return this;
  }

  u32(v: number): this {
    const at = this.room(4);
    this.view.setUint32(at, v, true);
    return this;
  }

  /** A safe integer of at least 0. */
  u64(v: number): this {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt(v), true);
    return this;
  }

  f64(v: number): this {
    const at = this.room(8);
    this.view.setFloat64(at, v, true);
    return this;
  }

  text(v: string): this {
    const bytes = new TextEncoder().encode(v);
    this.u32(bytes.length);
    return this.bytes(bytes);
  }

  bytes(v: Uint8Array): this {
    const at = this.room(v.length);
    this.data.set(v, at);
    return this;
  }

  finish(): Uint8Array {
    return this.data.subarray(0, this.size);
  }
}

/** A payload that is shorter than its reader expects. */
export class WireError extends Error {}

/** Reads a payload; throws `WireError` past its end. */
export class PayloadReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly data: Uint8Array) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  private take(n: number): number {
    if (n > this.data.length - this.at) throw new WireError('the runner sent a short reply');
    this.at += n;
    return this.at - n;
  }

  u8(): number { return this.view.getUint8(this.take(1)); }
  u32(): number { return this.view.getUint32(this.take(4), true); }
  u64(): number { return Number(this.view.getBigUint64(this.take(8), true)); }
  f64(): number { return this.view.getFloat64(this.take(8), true); }

  text(): string {
    const n = this.u32();
    const at = this.take(n);
    return new TextDecoder().decode(this.data.subarray(at, at + n));
  }

  /** `count` items; refuses counts that the payload cannot hold (each item takes at least `least` bytes). */
  list<T>(least: number, read: () => T): T[] {
    const count = this.u32();
    if (count * least > this.data.length - this.at) throw new WireError('the runner sent a short list');
    return Array.from({ length: count }, read);
  }
}

export function frameBytes(frame: Frame): Uint8Array {
  const out = new Uint8Array(WIRE_HEADER + frame.payload.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, WIRE_MAGIC, true);
  view.setUint32(4, frame.type, true);
  view.setUint32(8, frame.id, true);
  view.setUint32(12, frame.payload.length, true);
  out.set(frame.payload, WIRE_HEADER);
  return out;
}

/** Cuts a byte stream into frames. */
export class FrameSplitter {
  private chunks: Uint8Array[] = [];
  private size = 0;

  /** The frames that are complete now; throws `WireError` on bytes that are no frame. */
  push(chunk: Uint8Array): Frame[] {
    this.chunks.push(chunk);
    this.size += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.size < WIRE_HEADER) return frames;
      const head = this.join(WIRE_HEADER);
      const view = new DataView(head.buffer, head.byteOffset, WIRE_HEADER);
      const length = view.getUint32(12, true);
      if (view.getUint32(0, true) !== WIRE_MAGIC || length > WIRE_LIMIT) throw new WireError('the runner sent something that is no frame');
      if (this.size < WIRE_HEADER + length) return frames;
      const whole = this.join(WIRE_HEADER + length);
      frames.push({ type: view.getUint32(4, true), id: view.getUint32(8, true), payload: whole.subarray(WIRE_HEADER, WIRE_HEADER + length) });
      const rest = whole.subarray(WIRE_HEADER + length);
      this.chunks = [rest, ...this.chunks.slice(1)];
      this.size -= WIRE_HEADER + length;
    }
  }

  /** The first chunk, made at least n bytes long. */
  private join(n: number): Uint8Array {
    const first = this.chunks[0] ?? new Uint8Array(0);
    if (first.length >= n) return first;
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const c of this.chunks) {
      all.set(c, at);
      at += c.length;
    }
    this.chunks = [all];
    return all;
  }
}
