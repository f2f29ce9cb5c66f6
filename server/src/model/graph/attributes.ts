/** Typed access to a node's attributes; a missing or ill-typed attribute gives the default. */
import type { HostTensor } from '../tensor.js';
import type { OnnxAttribute } from '../onnx/onnx-graph.js';

export interface Attributes {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** An INT or FLOAT. */
  number(name: string, otherwise: number): number;
  ints(name: string): readonly number[] | undefined;
  floats(name: string): readonly number[] | undefined;
  text(name: string, otherwise: string): string;
  tensor(name: string): HostTensor | undefined;
}

export function attributesOf(from: ReadonlyMap<string, OnnxAttribute>): Attributes {
  return {
    names: [...from.keys()],
    has: (name) => from.has(name),
    number: (name, otherwise) => {
      const a = from.get(name);
      return a?.kind === 'int' || a?.kind === 'float' ? a.value : otherwise;
    },
    ints: (name) => {
      const a = from.get(name);
      return a?.kind === 'ints' ? a.value : undefined;
    },
    floats: (name) => {
      const a = from.get(name);
      return a?.kind === 'floats' ? a.value : undefined;
    },
    text: (name, otherwise) => {
      const a = from.get(name);
      return a?.kind === 'string' ? a.value : otherwise;
    },
    tensor: (name) => {
      const a = from.get(name);
      return a?.kind === 'tensor' ? a.value : undefined;
    },
  };
}
