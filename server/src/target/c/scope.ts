/** Lines of a block, and the pointers that are known in it. */
export class Scope {
  readonly lines: string[] = [];
  private readonly pointers = new Map<string, string>();

  constructor(readonly indent: string, private readonly parent: Scope | undefined) {}

  pointer(key: string): string | undefined {
    return this.pointers.get(key) ?? this.parent?.pointer(key);
  }

  define(key: string, name: string): void {
    this.pointers.set(key, name);
  }

  add(line: string): void {
    this.lines.push(this.indent + line);
  }
}
