/** Asks model_peers.py what XGBoost and LightGBM learn from some programs; nothing where Python or both are missing. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ModelQuestion {
  /** Numbers per row; rows and labels of the programs to learn from; rows of those to judge. */
  readonly width: number;
  readonly rows: readonly number[];
  readonly start: readonly number[];
  readonly labels: readonly number[];
  readonly minWeight: number;
  readonly rounds: number;
  readonly held: readonly number[];
  readonly heldStart: readonly number[];
}

/** A score per program to judge, and the seconds of training and judging. */
export interface ModelAnswer { readonly seconds: number; readonly scores: readonly number[] }

export function askPeers(python: string, question: ModelQuestion): Promise<Readonly<Record<string, ModelAnswer>>> {
  return new Promise((resolve) => {
    const child = spawn(python, [path.join(path.dirname(fileURLToPath(import.meta.url)), 'model_peers.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
    let text = '';
    child.on('error', () => { resolve({}); });
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.on('close', () => { resolve(text === '' ? {} : JSON.parse(text) as Record<string, ModelAnswer>); });
    child.stdin.end(`${JSON.stringify(question)}\n`);
  });
}
