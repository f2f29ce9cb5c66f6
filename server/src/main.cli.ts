/** Program `ansor`. */
import { main } from './cli/main.js';

// A reader that went away (a closed terminal, `| head`) ends neither a session nor with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main(process.argv.slice(2)).then((status) => { process.exitCode = status; }, (e: unknown) => {
  process.stderr.write(`ansor: ${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
});
