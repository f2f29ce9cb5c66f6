/**
 * The DAG text of an extracted task as `.tc`, as far as the text tells: pads get the extents that their guard implies (as much
 * behind as in front), and stages with windows those of the output. Independent of the printer under test.
 */

const INFIX: Readonly<Record<string, string>> = { '+': '+', '-': '-', '*': '*', '/': '/', '==': '==', '!=': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=', '&&': '&&', '||': '||' };

class Reader {
  private at = 0;
  private readonly words: readonly string[];
  constructor(text: string) {
    this.words = text.match(/\(bool\)1|-?\d[\d.]*(?:e[+-]?\d+)?f?|[A-Za-z_][A-Za-z0-9_.]*|&&|\|\||[<>=!]=|[-+*/<>()[\],!]/g) ?? [];
  }

  expr(): string {
    const word = this.words[this.at++] ?? '';
    if (word === '(') {
      const a = this.expr();
      const sign = INFIX[this.words[this.at++] ?? ''];
      if (sign === undefined) throw new Error(`no operator before ${this.words.slice(this.at).join(' ')}`);
      const text = `(${a} ${sign} ${this.expr()})`;
      this.at++;
      return text;
    }
    if (word === '(bool)1') return 'true';
    if (/^-?\d/.test(word)) return word.endsWith('f') ? `${word.slice(0, -1)}${/[.e]/.test(word) ? '' : '.0'}` : word;
    const next = this.words[this.at];
    if (next === '[') return `${word}(${this.list(']')})`;
    if (next !== '(') return word;
    const args = this.list(')');
    const [a = '', b = '', c = ''] = args.split('\u0000');
    switch (word) {
      case 'tir.if_then_else': return `(${a} ? ${b} : ${c})`;
      case 'floordiv': return `(${a} / ${b})`;
      case 'floormod': return `(${a} % ${b})`;
      case 'max': return `fmax(${a}, ${b})`;
      default: return `${word.replace('tir.', '')}(${args.replaceAll('\u0000', ', ')})`;
    }
  }

  private list(close: string): string {
    const items: string[] = [];
    this.at++;
    while (this.words[this.at] !== close) {
      items.push(this.expr());
      if (this.words[this.at] === ',') this.at++;
    }
    this.at++;
    return close === ')' ? items.join('\u0000') : items.join(', ');
  }
}

export function tcOfDagText(text: string, outputShape: readonly number[]): string {
  const ids = new Map<string, string>();
  const params: string[] = [];
  const statements: string[] = [];
  let last = '';
  const lines = text.trim().split('\n');
  lines.forEach((line, n) => {
    const [, input = '', shape = ''] = /^(\S+) = PLACEHOLDER \[(.*)\]$/.exec(line) ?? [];
    if (input !== '') {
      params.push(`float(${shape}) ${input}`);
      return;
    }
    const [, name = '', axes = '', sign = '', right = ''] = /^(\S+)\((.*?)\) (=|\+=|max=) (.*)$/.exec(line) ?? [];
    // A name that is used again means the latest stage of that name.
    const value = new Reader(right).expr().replace(/[A-Za-z_][A-Za-z0-9_]*(?=\()/g, (id) => ids.get(id) ?? id);
    last = ids.has(name) || lines.slice(0, n).some((l) => l.startsWith(`${name} =`)) ? `${name}_again` : name;
    ids.set(name, last);
    const pads = [...right.matchAll(/\((\w+) >= (\d+)\)/g)].map(([, axis = '', from = '0']) => {
      const [, to = '0'] = new RegExp(`\\(${axis} < (\\d+)\\)`).exec(right) ?? [];
      return `${axis} in 0:${Number(from) + Number(to)}`;
    });
    const windows = /\brv\d/.test(right) ? axes.split(', ').map((axis, d) => `${axis} in 0:${outputShape[d] ?? 1}`) : [];
    // Max pools of these networks have windows of 3, which may leave a row over.
    if (name === 'pool_max') windows.push('rv0 in 0:3', 'rv1 in 0:3');
    const where = pads.length > 0 ? pads : windows;
    statements.push(`  ${last}${last === name ? '' : ` as "${name}"`}(${axes}) ${sign === '=' ? '=' : `${sign}!`} ${value}${where.length > 0 ? `\n    where ${where.join(', ')}` : ''}`);
  });
  return `def task(${params.join(', ')}) -> (${last}) {\n${statements.join('\n')}\n}\n`;
}
