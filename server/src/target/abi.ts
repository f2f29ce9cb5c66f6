/**
 * The ABI of compiled CPU kernels: what a C printer emits and what the runner (measure/runner/abi.h) and deployed programs call.
 *
 * - `tensors`: pointers to the inputs in order, then the outputs, each aligned to 64 bytes.
 * - `workspace`: aligned to 64 bytes, `sharedBytes + threads * threadBytes` long; worker w's own part starts at
 *   `sharedBytes + w * threadBytes` (both are multiples of 64). Its contents are undefined at every call.
 * - `host->parallel_for(host, body, closure, n)` splits [0, n) among `host->threads` workers and returns when all are done;
 *   worker 0 is the caller. It is called from the kernel's outermost level only, never inside a body.
 */

/** The host structure as C text; sources include no headers, so the printer emits it. */
export const HOST_STRUCT_C =
  'struct ansor_host { void *pool; int threads; void (*parallel_for)(const struct ansor_host *host, void (*body)(void *closure, int begin, int end, int worker), void *closure, int n); };';

/** Alignment in bytes of tensors, workspace and the workspace's parts. */
export const TENSOR_ALIGNMENT = 64;

/** The definition's head of a kernel, e.g. `void k0(const struct ansor_host *host, ...)`. */
export function kernelHeadC(symbol: string): string {
  return `void ${symbol}(const struct ansor_host *host, void *const *tensors, unsigned char *workspace)`;
}

/** Symbols that may stand in sources and requests: they reach a compiler and a dynamic loader. */
export const SYMBOL_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,200}$/;
