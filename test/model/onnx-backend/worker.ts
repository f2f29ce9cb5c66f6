/** A process that runs cases one by one and tells each result, so that what hangs or crashes takes only itself along. */
import { readArchive } from './archive.js';
import { casesOf } from './case.js';
import { outcomeOf, type Outcome } from './outcome.js';

export interface Report { readonly name: string; readonly outcome: Outcome | undefined }

const [archive = '', schedule = 'naive', ...names] = process.argv.slice(2);
const wanted = new Set(names);
for (const test of casesOf(readArchive(archive))) {
  if (!wanted.has(test.name)) continue;
  process.send?.({ name: test.name, outcome: undefined } satisfies Report);
  process.send?.({ name: test.name, outcome: outcomeOf(test, schedule === 'default' ? 'default' : 'naive') } satisfies Report);
}
process.disconnect();
