/** Program `ansor`. */
import { main } from './cli/main.js';

main(process.argv.slice(2)).then((status) => { process.exitCode = status; }, (e: unknown) => {
  process.stderr.write(`ansor: ${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
});
