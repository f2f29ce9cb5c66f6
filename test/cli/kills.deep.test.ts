/** The long form of resume.test.ts: many kills, both targets. */
import { test } from 'node:test';
import { noCompiler } from './ansor.js';
import { canLook, killedAndResumed } from './sessions.js';

for (const target of ['c', 'wasm']) {
  test(`${target}: twelve kills`, { skip: canLook || (target === 'c' && noCompiler) }, () => killedAndResumed({ target, trials: 90, kills: 12, seed: Date.now() }));
}
