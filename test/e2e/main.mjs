// The end-to-end files named in ANSOR_E2E_FILES, one after the other in one process: they share a server and a browser.
import { after } from 'node:test';
import { Machine } from '../harness/editor.mjs';

const machine = new Machine();
after(() => machine.close(), { timeout: 60_000 });
for (const file of (process.env.ANSOR_E2E_FILES ?? '').split(',').filter((name) => name !== '')) (await import(`./${file}`)).default(machine);
