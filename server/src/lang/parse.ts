/** The `.tc` language: Tensor Comprehensions notation (Vasilache et al. 2018) for compute DAGs. See docs for users: language. */
import { shorten } from '../base/shorten.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import type { DefNode, SizeNode } from './ast.js';
import { elaborate, type Definition, type TcTensor } from './definition.js';
import { tokenize, type Comment, type Token } from './lexer.js';
import { FileParser } from './parse-file.js';
import type { Position, TcProblem } from './problem.js';

export interface TcOptions {
  /** Sizes bound from outside (`--size M=512`); they win over those of the text. */
  readonly sizes?: Readonly<Record<string, number>>;
}

export interface TcDef extends Position {
  /** The task's name: that of the definition, or what it is given with `as`. */
  readonly name: string;
  readonly dag: ComputeDag;
  /** The sizes that were bound where it stands. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Parameters and tensors, with where they are named. */
  readonly tensors: readonly TcTensor[];
  /** Where its closing brace stands. */
  readonly end: Position;
}

/** Definitions with an error are missing from `defs`; the rest are in order of the text. */
export interface TcFile { readonly defs: readonly TcDef[]; readonly problems: readonly TcProblem[] }

/** A definition as it stands in the text, with what could be made of it; `dag` is undefined if it has errors. */
export interface TcTreeDef { readonly node: DefNode; readonly definition: Definition; readonly repeated: boolean }

/** A text with everything that an editor asks about it. */
export interface TcTree {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly bindings: readonly SizeNode[];
  readonly defs: readonly TcTreeDef[];
  /** In order of the text. */
  readonly problems: readonly TcProblem[];
  /** Whether every token found its place: what is left are wrong names, types and ranges. */
  readonly wellFormed: boolean;
}

/** Messages quote names, which may be of any length. */
const LONGEST_MESSAGE = 500;

/** Never throws, whatever the text. */
export function parseTcTree(text: string, options: TcOptions = {}): TcTree {
  const { tokens, comments, problems: strange } = tokenize(text);
  const parser = new FileParser(tokens, new Map(Object.entries(options.sizes ?? {})));
  parser.parse();
  let problems: TcProblem[] = [...strange, ...parser.problems];
  const defs: TcTreeDef[] = [];
  const names = new Set<string>();
  for (const node of parser.defs) {
    const definition = elaborate(node);
    // Sizes of an operator of models come from the model.
    problems.push(...definition.problems.map((p): TcProblem => (node.onnx !== undefined && p.hint?.kind === 'unbound-size' ? { ...p, severity: 'warning' } : p)));
    const repeated = names.has(node.name.text);
    if (repeated) problems.push({ line: node.name.line, column: node.name.column, length: node.name.length, severity: 'error', message: `\`${node.name.text}\` is defined already` });
    names.add(node.name.text);
    defs.push({ node, definition, repeated });
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  problems = problems.map((p) => (p.message.length > LONGEST_MESSAGE ? { ...p, message: shorten(p.message, LONGEST_MESSAGE) } : p));
  return { tokens, comments, bindings: parser.bindings, defs, problems, wellFormed: strange.length + parser.problems.length === 0 };
}

/** Never throws, whatever the text. Problems are in order of the text. */
export function parseTc(text: string, options: TcOptions = {}): TcFile {
  const { defs, problems } = parseTcTree(text, options);
  return {
    problems,
    defs: defs.flatMap(({ node, definition: { dag, tensors }, repeated }): TcDef[] => (dag === undefined || repeated
      ? []
      : [{ name: node.alias ?? node.name.text, dag, sizes: node.sizes, tensors, end: node.end, line: node.name.line, column: node.name.column }])),
  };
}
