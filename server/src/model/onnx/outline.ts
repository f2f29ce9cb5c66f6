/**
 * The outline of an ONNX file: the model without the elements of its large weights, read by places, so that a file of gigabytes costs a
 * few kilobytes. Weights that are left out look like external data (onnx.proto, TensorProto.data_location) at a place that nobody has:
 * shapes and tasks can be had, elements cannot.
 */

/** Reads `length` bytes at `at`; fewer only at the end of the file. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

export interface Outline {
  readonly bytes: Uint8Array;
  /** Bytes of weights in the file that were left out. */
  readonly leftOut: number;
}

/** Tensors up to this size are kept: shapes and indices decide what a graph is. */
const KEPT = 16 * 1024;
/** A file whose outline is larger is not read. */
const LARGEST = 256 * 1024 * 1024;
const WINDOW = 64 * 1024;

const GRAPH_OF_MODEL = 7;
const INITIALIZER_OF_GRAPH = 5;
/** float_data, int32_data, string_data, int64_data, raw_data, double_data, uint64_data. */
const DATA_OF_TENSOR: ReadonlySet<number> = new Set([4, 5, 6, 7, 9, 10, 11]);
/** `external_data { key: "location" value: "?" }` and `data_location: EXTERNAL`. */
const LEFT_OUT = Uint8Array.from([0x6a, 0x0d, 0x0a, 0x08, ...ascii('location'), 0x12, 0x01, 0x3f, 0x70, 0x01]);

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

interface Field {
  readonly number: number;
  /** Place of the tag. */
  readonly start: number;
  /** Of a length-delimited field: its content; else undefined. */
  readonly content: { readonly at: number; readonly length: number } | undefined;
  readonly end: number;
}

/** Undefined where the file is not protobuf: whoever reads it whole gives the message. */
export async function outlineOnnx(size: number, read: ReadAt): Promise<Outline | undefined> {
  const source = new Source(size, read);
  const out: Uint8Array[] = [];
  let leftOut = 0;
  let total = 0;
  const copy = async (at: number, length: number): Promise<Uint8Array> => {
    total += length;
    if (total > LARGEST) throw new Malformed();
    return source.bytes(at, length);
  };
  const tensor = async (at: number, length: number): Promise<Uint8Array> => {
    if (length <= KEPT) return copy(at, length);
    const parts: Uint8Array[] = [];
    for await (const field of source.fields(at, at + length)) {
      if (DATA_OF_TENSOR.has(field.number)) leftOut += field.content?.length ?? 0;
      else parts.push(await copy(field.start, field.end - field.start));
    }
    return concat([...parts, LEFT_OUT]);
  };
  try {
    for await (const field of source.fields(0, size)) {
      if (field.number !== GRAPH_OF_MODEL || field.content === undefined) {
        out.push(await copy(field.start, field.end - field.start));
        continue;
      }
      const parts: Uint8Array[] = [];
      for await (const inner of source.fields(field.content.at, field.content.at + field.content.length)) {
        if (inner.number !== INITIALIZER_OF_GRAPH || inner.content === undefined) parts.push(await copy(inner.start, inner.end - inner.start));
        else parts.push(message(INITIALIZER_OF_GRAPH, await tensor(inner.content.at, inner.content.length)));
      }
      out.push(message(GRAPH_OF_MODEL, concat(parts)));
    }
  } catch (e) {
    if (e instanceof Malformed) return undefined;
    throw e;
  }
  return { bytes: concat(out), leftOut };
}

class Malformed extends Error {}

function message(number: number, content: Uint8Array): Uint8Array {
  return concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The file, seen through a window that moves. */
class Source {
  private window: Uint8Array = new Uint8Array(0);
  private from = 0;

  constructor(private readonly size: number, private readonly read: ReadAt) {}

  async bytes(at: number, length: number): Promise<Uint8Array> {
    if (length > WINDOW) return this.read(at, length);
    await this.see(at, length);
    return this.window.slice(at - this.from, at - this.from + length);
  }

  private async see(at: number, length: number): Promise<void> {
    if (at >= this.from && at + length <= this.from + this.window.length) return;
    this.window = await this.read(at, Math.min(WINDOW, this.size - at));
    this.from = at;
    if (this.window.length < length) throw new Malformed();
  }

  private async varint(at: number): Promise<{ readonly value: number; readonly end: number }> {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      await this.see(at + i, 1);
      const byte = this.window[at + i - this.from] ?? 0;
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return { value, end: at + i + 1 };
    }
    throw new Malformed();
  }

  /** The fields of the message in [from, to). @throws Malformed */
  async *fields(from: number, to: number): AsyncGenerator<Field> {
    for (let start = from; start < to;) {
      const tag = await this.varint(start);
      const number = Math.floor(tag.value / 8);
      const kind = tag.value % 8;
      let end = tag.end;
      let content: Field['content'];
      if (kind === 0) ({ end } = await this.varint(tag.end));
      else if (kind === 1) end += 8;
      else if (kind === 5) end += 4;
      else if (kind === 2) {
        const length = await this.varint(tag.end);
        content = { at: length.end, length: length.value };
        end = length.end + length.value;
      } else throw new Malformed();
      if (end > to || number === 0) throw new Malformed();
      yield { number, start, content, end };
      start = end;
    }
  }
}
