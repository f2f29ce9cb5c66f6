/** A program that has no form on CPU targets (thread axes, unknown calls, element types). The message is for people. */
export class CodegenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CodegenError';
  }
}
