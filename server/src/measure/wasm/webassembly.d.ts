/** The part of the engine's WebAssembly interface that the runner uses (the compiler's library has it only together with the browser's DOM). */
declare namespace WebAssembly {
  interface MemoryDescriptor { initial: number; maximum: number; shared: boolean }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: SharedArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: { env: Record<string, unknown> });
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class RuntimeError extends Error {}
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
}
