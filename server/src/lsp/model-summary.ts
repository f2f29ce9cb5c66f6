/** Reads a model's file for its summary page. */
import { readFile } from 'node:fs/promises';
import { summarizeOnnx } from '../ide/model-summary.js';
import type { ModelRef, ModelSummary } from '../protocol/lsp.js';

export async function modelSummary({ file }: ModelRef): Promise<ModelSummary> {
  try {
    return summarizeOnnx(file, await readFile(file));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { file, bytes: 0, inputs: [], outputs: [], nodes: 0, operators: [], problem };
  }
}
