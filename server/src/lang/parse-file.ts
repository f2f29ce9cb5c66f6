/** Files of the `.tc` language: `sizes` lines and definitions. After an error parsing goes on at the next statement. */
import type { AssignSign, AttrArgument, AttrNode, DefNode, ExprNode, OnnxName, ParamNode, RangeNode, SizeNode, StatementNode } from './ast.js';
import { constantInteger } from './constant.js';
import type { Token } from './lexer.js';
import { ExprParser } from './parse-expr.js';
import { problemOf, TcFault, type TcProblem } from './problem.js';
import { TokenStream } from './token-stream.js';

const ASSIGN: readonly AssignSign[] = ['=', '+=!', '*=!'];

export class FileParser {
  readonly defs: DefNode[] = [];
  readonly bindings: SizeNode[] = [];
  readonly problems: TcProblem[] = [];
  private readonly tokens: TokenStream;
  private readonly exprs: ExprParser;
  private readonly sizes: Map<string, number>;

  /** `given` sizes come from outside and win over those of the text. */
  constructor(tokens: readonly Token[], private readonly given: ReadonlyMap<string, number>) {
    this.tokens = new TokenStream(tokens);
    this.exprs = new ExprParser(this.tokens);
    this.sizes = new Map(given);
  }

  /** Reads everything into `defs` and `problems`. */
  parse(): void {
    while (this.tokens.next.kind !== 'end') {
      if (this.tokens.accept(';')) continue;
      this.guarded(() => {
        if (this.tokens.is('sizes')) this.sizesLine();
        else if (this.tokens.is('@')) this.named();
        else if (this.tokens.is('def')) this.definition();
        else throw this.tokens.unexpected('`def` or `sizes`');
      }, (token) => token.first && token.kind === 'word' && (token.text === 'def' || token.text === 'sizes'));
    }
  }

  /** Runs `part`; on a fault notes the problem and skips to a token where `resume` holds. Whether all went well. */
  private guarded(part: () => void, resume: (token: Token) => boolean): boolean {
    const start = this.tokens.next;
    this.exprs.reset();
    try {
      part();
      return true;
    } catch (fault) {
      if (!(fault instanceof TcFault)) throw fault;
      this.problems.push(problemOf(fault));
      if (this.tokens.next === start) this.tokens.advance();
      while (this.tokens.next.kind !== 'end' && !resume(this.tokens.next)) this.tokens.advance();
      return false;
    }
  }

  private sizesLine(): void {
    this.tokens.advance();
    do {
      const name = this.tokens.word('the name of a size');
      this.tokens.expect('=', 'after the name of a size');
      const node = this.exprs.expr();
      const value = constantInteger(node, this.sizes);
      this.bindings.push({ name, node, value });
      if (!this.given.has(name.text)) this.sizes.set(name.text, value);
    } while (this.tokens.accept(','));
  }

  /** A definition with its name in models before it. */
  private named(): void {
    const { tokens } = this;
    tokens.expect('@', 'before an attribute');
    const { name, args } = this.attribute();
    const [domain, op] = args;
    if (name.text !== 'onnx') throw new TcFault(name, `unknown attribute \`@${name.text}\` of a definition`, 'known is `@onnx("domain", "Name")`', name.length, { kind: 'unknown', among: 'attribute' });
    if (args.length !== 2 || domain?.kind !== 'string' || op?.kind !== 'string' || domain.text === '' || op.text === '') {
      throw new TcFault(name, 'expected a domain and a name in quotes', 'write `@onnx("com.example", "Name")`', name.length);
    }
    if (domain.text === 'ai.onnx') throw new TcFault(name, "ONNX's own operators cannot be defined anew", 'give the operator a domain of its own', name.length);
    if (!tokens.is('def')) throw tokens.unexpected('`def` after its name in models');
    this.definition({ ...name, domain: domain.text, op: op.text });
  }

  private definition(onnx?: OnnxName): void {
    const { tokens } = this;
    const start = tokens.advance();
    const name = tokens.word('a name for the definition');
    const alias = this.alias();
    const params = this.list('(', ')', 'parameters', () => this.param());
    tokens.expect('->', 'and the outputs in brackets');
    const outputs = this.list('(', ')', 'outputs', () => tokens.word('the name of an output'));
    tokens.expect('{', 'before the statements');
    const statements: StatementNode[] = [];
    let complete = true;
    while (!tokens.is('}')) {
      if (tokens.next.kind === 'end' || (tokens.is('def') && tokens.next.first)) {
        this.problems.push(problemOf(tokens.unexpected('a statement or `}` to end the definition', '}')));
        complete = false;
        break;
      }
      if (tokens.accept(';')) continue;
      const fine = this.guarded(() => { statements.push(this.statement()); }, (token) =>
        token.text === '}' || (token.first && token.text !== 'where' && (token.kind === 'word' || token.text === '@')));
      complete &&= fine;
    }
    const end = tokens.next;
    tokens.accept('}');
    this.defs.push({ onnx, start: { line: start.line, column: start.column }, name, alias, params, outputs, statements, sizes: new Map(this.sizes), end, complete });
  }

  private list<T>(open: string, close: string, what: string, item: () => T): T[] {
    const { tokens } = this;
    tokens.expect(open, `before the ${what}`);
    const items: T[] = [];
    if (tokens.accept(close)) return items;
    do items.push(item());
    while (tokens.accept(','));
    tokens.expect(close, `or \`,\` in the ${what}`);
    return items;
  }

  private alias(): string | undefined {
    if (!this.tokens.accept('as')) return undefined;
    if (this.tokens.next.kind !== 'string') throw this.tokens.unexpected('a name in quotes after `as`');
    return this.tokens.advance().text;
  }

  private param(): ParamNode {
    const constant = this.tokens.accept('const');
    const type = this.tokens.word('an element type, like `float`');
    const shape = this.tokens.is('(') ? this.list('(', ')', 'sizes', () => this.exprs.expr()) : [];
    const name = this.tokens.word('the name of the parameter');
    return { constant, type, shape, name, alias: this.alias() };
  }

  private statement(): StatementNode {
    const { tokens } = this;
    const start = { line: tokens.next.line, column: tokens.next.column };
    const attrs: AttrNode[] = [];
    while (tokens.accept('@')) attrs.push(this.attribute());
    const name = tokens.word('the name of a tensor');
    const alias = this.alias();
    const axes = this.list('(', ')', 'indices', () => tokens.word('the name of an index'));
    const op = this.assignment();
    const value = this.exprs.expr();
    const where: RangeNode[] = [];
    if (tokens.accept('where')) {
      do where.push(this.range());
      while (tokens.accept(','));
    }
    const { next } = tokens;
    if (!(next.kind === 'end' || next.first || next.text === ';' || next.text === '}' || next.text === '@' || next.kind === 'word')) {
      throw tokens.unexpected('an operator, `where` or the end of the statement');
    }
    const { last } = tokens;
    return { start, end: { line: last.line, column: last.column + last.length }, attrs, name, alias, axes, op, value, where };
  }

  private assignment(): AssignSign {
    const { tokens } = this;
    for (const sign of ASSIGN) if (tokens.accept(sign)) return sign;
    if ((tokens.is('max') || tokens.is('min')) && tokens.second.text === '=!') {
      const combiner = tokens.advance().text === 'max' ? 'max=!' : 'min=!';
      tokens.advance();
      return combiner;
    }
    throw tokens.unexpected('`=`, `+=!`, `*=!`, `max=!` or `min=!`');
  }

  private range(): RangeNode {
    const name = this.tokens.word('the name of an index');
    const alias = this.alias();
    this.tokens.expect('in', 'and a range, like `i in 0:8`');
    const from = this.exprs.expr();
    this.tokens.expect(':', 'between the ends of the range');
    return { name, alias, from, to: this.exprs.expr() };
  }

  private attribute(): AttrNode {
    const name = this.tokens.word('the name of an attribute');
    return { name, args: this.tokens.is('(') ? this.list('(', ')', 'arguments', () => this.attrArgument()) : [] };
  }

  private attrArgument(): AttrArgument {
    const { next } = this.tokens;
    if (next.kind === 'string') return { kind: 'string', text: this.tokens.advance().text };
    if (next.kind === 'word') return { kind: 'name', name: this.tokens.word('an index') };
    const node: ExprNode = this.exprs.expr();
    return { kind: 'value', node };
  }
}

