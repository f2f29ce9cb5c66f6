/**
 * Where things stand in a line of JSON. Lines are read with the engine's own parser; only when something is wrong is the line
 * walked again, for the place of the syntax error or of the wrong value. Offsets count UTF-16 units from 0.
 */
export type JsonPath = readonly (string | number)[];

/** Text nested deeper than this is refused (records have 6 levels). */
const MAX_DEPTH = 100;

class Found extends Error {
  constructor(readonly offset: number, message: string) { super(message); }
}

const ESCAPES = '"\\/bfnrt';

class Walker {
  private at = 0;
  constructor(private readonly text: string, private readonly path: JsonPath | undefined) {}

  /** Walks the whole text; throws Found at the end of the path, or at a syntax error. */
  document(): void {
    this.value(0, true);
    this.blank();
    if (this.at < this.text.length) this.fail('unexpected text after the value');
  }

  /** The value at `this.at`; `onPath`: it is what the first `depth` steps of the path lead to. */
  private value(depth: number, onPath: boolean): void {
    this.blank();
    if (onPath && this.path !== undefined && depth === this.path.length) throw new Found(this.at, '');
    if (depth > MAX_DEPTH) this.fail('nested too deep');
    switch (this.text[this.at]) {
      case '{': return this.object(depth, onPath);
      case '[': return this.array(depth, onPath);
      case '"': this.string(); return;
      case undefined: return this.fail('the line ends too early');
      default: return this.word();
    }
  }

  private object(depth: number, onPath: boolean): void {
    const start = this.at++;
    this.blank();
    if (this.text[this.at] === '}') this.at++;
    else {
      for (;;) {
        this.blank();
        if (this.text[this.at] !== '"') this.fail('expected a key in quotes');
        const key = this.string();
        this.blank();
        if (this.text[this.at] !== ':') this.fail('expected `:`');
        this.at++;
        this.value(depth + 1, onPath && this.path?.[depth] === key);
        if (this.separator('}')) break;
      }
    }
    // A path into a key that is not here: the object itself is the place.
    if (onPath && this.path !== undefined) throw new Found(start, '');
  }

  private array(depth: number, onPath: boolean): void {
    const start = this.at++;
    this.blank();
    if (this.text[this.at] === ']') this.at++;
    else {
      for (let i = 0; ; i++) {
        this.value(depth + 1, onPath && this.path?.[depth] === i);
        if (this.separator(']')) break;
      }
    }
    if (onPath && this.path !== undefined) throw new Found(start, '');
  }

  private separator(close: string): boolean {
    this.blank();
    const c = this.text[this.at];
    if (c !== ',' && c !== close) this.fail(c === undefined ? 'the line ends too early' : `expected \`,\` or \`${close}\``);
    this.at++;
    return c === close;
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined) this.fail('the line ends inside a string');
      if (c === '"') break;
      if (c !== undefined && c < ' ') this.fail('a control character inside a string');
      if (c === '\\') {
        this.at++;
        const e = this.text[this.at];
        if (e === 'u' ? !/^[0-9a-fA-F]{4}$/.test(this.text.slice(this.at + 1, this.at + 5)) : e === undefined || !ESCAPES.includes(e)) this.fail('wrong escape in a string');
      }
      this.at++;
    }
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private word(): void {
    const word = /^[^\s,[\]{}":]*/.exec(this.text.slice(this.at, this.at + 400))?.[0] ?? '';
    if (!/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) this.fail(word === '' ? 'expected a value' : `${JSON.stringify(word)} is not a value`);
    this.at += word.length;
  }

  private blank(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private fail(message: string): never {
    throw new Found(this.at, message);
  }
}

/** The first syntax error of `text`; undefined if there is none. */
export function jsonError(text: string): { readonly offset: number; readonly message: string } | undefined {
  try {
    new Walker(text, undefined).document();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return { offset: error.offset, message: error.message };
    throw error;
  }
}

/** Where the value at `path` starts, or the innermost value on the way to it that is there. `text` is correct JSON. */
export function jsonOffset(text: string, path: JsonPath): number {
  try {
    new Walker(text, path).document();
    return 0;
  } catch (error) {
    if (error instanceof Found) return error.offset;
    throw error;
  }
}
