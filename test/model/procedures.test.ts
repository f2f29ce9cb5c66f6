/** Each procedure on random and odd inputs against a straightforward program: interpreted (every index checked), as WebAssembly and as C. */
import { test } from 'node:test';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { compilerName } from './onnx-backend/run-c-cases.js';
import { compressCase, nonZeroCase, packCase, scatterElementsCase, scatterNDCase, suppressionCase, topKCase, uniqueCase } from './procedures/cases.js';
import { checkC, checkHere, type ProcedureCase } from './procedures/run.js';

const KINDS: Readonly<Record<string, (rng: Rng) => ProcedureCase>> = {
  TopK: topKCase, ScatterElements: scatterElementsCase, ScatterND: scatterNDCase, NonMaxSuppression: suppressionCase,
  NonZero: nonZeroCase, Compress: compressCase, Unique: uniqueCase, 'packed outputs': packCase,
};
const COUNT = 60;
const C_COUNT = 12;

function casesOf(kind: (rng: Rng) => ProcedureCase, count: number): ProcedureCase[] {
  const rng = createRng(20_251);
  return Array.from({ length: count }, () => kind(rng));
}

for (const [name, kind] of Object.entries(KINDS)) {
  test(`${name}: ${COUNT} calls, interpreted and as WebAssembly`, () => checkHere(casesOf(kind, COUNT)));
}

const compiler = compilerName();
test(`${C_COUNT} calls of each as C`, { skip: compiler === undefined ? 'no C compiler' : false, timeout: 120_000 }, () => {
  checkC(Object.values(KINDS).flatMap((kind) => casesOf(kind, C_COUNT)), compiler ?? 'cc');
});
