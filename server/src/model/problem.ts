/** Why a model cannot be read or planned: one clear message for people, with the node it is about. */
export interface ModelProblem {
  readonly message: string;
  /** The node's name (or its first output's), where the problem lies in one node. */
  readonly node?: string;
  /** The operators that are not supported, if that is the problem. */
  readonly unsupported?: readonly string[];
  /** Inputs of the model whose elements decide shapes and must be known to compile it. */
  readonly needs?: readonly string[];
  /** Symbolic dimensions of the model's inputs that must be bound to compile it. */
  readonly dims?: readonly string[];
}

export function problem(message: string, node?: string): ModelProblem {
  return node === undefined ? { message } : { message, node };
}
