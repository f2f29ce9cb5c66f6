/** Runs inside VS Code's extension host: the workbench calls `run()`, and a rejection makes its window exit with code 1. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

declare const __dirname: string;

interface Outcome { readonly title: string; readonly state: 'passed' | 'failed'; readonly error?: string }

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 60_000 });
  for (const name of readdirSync(__dirname)) if (name.endsWith('.suite.cjs')) mocha.addFile(path.join(__dirname, name));
  const outcomes: Outcome[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => outcomes.push({ title: test.fullTitle(), state: 'passed' }));
    runner.on('fail', (test, error: unknown) => outcomes.push({ title: test.fullTitle(), state: 'failed', error: error instanceof Error ? String(error.stack) : String(error) }));
  });
  const file = process.env['ANSOR_E2E_RESULTS'];
  if (file) writeFileSync(file, JSON.stringify(outcomes));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
