/** The `.tc` language: Tensor Comprehensions notation (Vasilache et al. 2018) for compute DAGs. See docs for users: language. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { elaborate, type TcTensor } from './definition.js';
import { tokenize } from './lexer.js';
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

/** Never throws, whatever the text. Problems are in order of the text. */
export function parseTc(text: string, options: TcOptions = {}): TcFile {
  const { tokens, problems: strange } = tokenize(text);
  const parser = new FileParser(tokens, new Map(Object.entries(options.sizes ?? {})));
  parser.parse();
  const problems: TcProblem[] = [...strange, ...parser.problems];
  const defs: TcDef[] = [];
  const names = new Set<string>();
  for (const node of parser.defs) {
    const definition = elaborate(node);
    problems.push(...definition.problems);
    const name = node.alias ?? node.name.text;
    const place = { line: node.name.line, column: node.name.column };
    if (names.has(node.name.text)) problems.push({ ...place, length: node.name.length, severity: 'error', message: `\`${node.name.text}\` is defined already` });
    else if (definition.dag !== undefined) defs.push({ name, dag: definition.dag, sizes: node.sizes, tensors: definition.tensors, end: node.end, ...place });
    names.add(node.name.text);
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { defs, problems };
}
