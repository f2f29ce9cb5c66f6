// Runs a WebAssembly program that never ends; killed by the test. Arguments: the wasm runner's program, a file for the module.
import { writeFileSync } from 'node:fs';
import { WasmRunner } from '../../../server/src/measure/wasm/client.js';

const [program = '', file = ''] = process.argv.slice(2);
// (module (func (export "spin") (param i32 i32) (loop (br 0))))
writeFileSync(file, Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 2, 127, 127, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11));
const runner = new WasmRunner({ program });
await runner.info();
setTimeout(() => { process.stdout.write('spinning\n'); }, 500);
const outcome = await runner.run({
  artifact: { file, symbol: 'spin', workspace: { sharedBytes: 0, threadBytes: 0 } }, tensors: [], threads: 2,
  timing: { repeats: 1, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, timeoutSeconds: 60,
});
process.stdout.write(`ended: ${JSON.stringify(outcome)}\n`);
