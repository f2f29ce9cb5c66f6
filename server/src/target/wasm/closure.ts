/** Bytes in front of the workspace that a module uses for closures (the host reserves them). */
export const CLOSURE_BYTES = 64;
