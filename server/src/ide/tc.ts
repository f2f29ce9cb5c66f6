/** The `.tc` language in the editor. */
import type { ComputeDag } from '../dag/compute-dag.js';

export function dagOfTc(_tc: string): ComputeDag | undefined {
  return undefined;
}

export function diagnoseTc(_text: string): readonly { line: number; column: number; endColumn?: number; message: string }[] {
  return [];
}
