import type { build } from 'esbuild';

/** Bundles the pages of client/web into a folder. `wanted`: names of pages; empty or missing: all. */
export function buildWeb(bundle: typeof build, into: string, wanted?: readonly string[]): Promise<void>;
