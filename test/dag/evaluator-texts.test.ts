/** Elements by generated text are those by closures, bit for bit, and so are their error bounds: for operators of every kind and inputs of every kind. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { createDagEvaluator } from '../../server/src/dag/evaluate.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { placeholders } from '../../server/src/session/compile.js';
import { hardInputs, uniformSet } from '../../server/src/session/hard-inputs.js';
import { readInput } from '../../server/src/session/input.js';
import { plainDagEvaluator } from './plain-evaluator.js';

const KINDS = `
def integers(int32(40) a, int8(40) b, uint8(40) c, int64(40) d) -> (y, z, w, s, m, k) {
  y(i) = a(i) / 7 * 1000 + a(i) % 7
  z(i) = b(i) * b(i) - b((i * 3 + 1) % 40)
  w(i) = c(i) + 100
  s() +=! a(i) * 100000000
  m(i) = d(i) * 3 - d(39 - i) / 2
  k(i) = a(i) > 0 && b(i) != 0 || c(i) <= 3 ? 1 : 0
}
def gathered(float(9, 5) table, int32(12) rows) -> (y) {
  y(i, j) = table(rows(i) >= 0 && rows(i) < 9 ? rows(i) : 0, j) * 0.3
}
def functions(float(30) a, float(30) b) -> (y, z, w, p) {
  s(i) = a(i) * 3 + 0.1
  y(i) = exp(s(i)) / (s(i) - s(i)) + sqrt(fabs(b(i)))
  z(i) = s(i) - a(i) * 3 > 0.1 ? tanh(s(i)) : log(b(i))
  w(i) = pow(fabs(a(i)), b(i)) + fmin(s(i), b(i)) - -0.0
  p(i) = s(i) > b(i) && s(i) - s(i) < 0.5 || a(i) == b(i) ? 2 : a(i)
}
def reductions(float(6, 50) a, int32(6, 50) b) -> (hi, lo, product, least) {
  hi(i) max=! a(i, k) * 0.7 + 1
  lo(i) min=! a(i, k) - a(i, 49 - k)
  product(i) *=! a(i, k) + 1.5
  least(i) min=! b(i, k)
}
`;

/** Some elements of each output, by both ways. */
function compare(name: string, dag: ComputeDag, elements: number): void {
  const inputs = placeholders(dag);
  const rng = createRng(7);
  for (const set of [uniformSet('ordinary values', inputs, 3, -1, 1), ...hardInputs(dag, inputs, 3)]) {
    const values = new Map(inputs.map((b, i) => [b, set.values(i)]));
    const [text, plain] = [createDagEvaluator(dag, values), plainDagEvaluator(dag, values)];
    for (const buffer of dag.outputs) {
      for (let n = 0; n < elements; n++) {
        const index = buffer.shape.map((extent) => (n === 0 ? 0 : n === 1 ? extent - 1 : rng.int(extent)));
        assert.deepEqual(text.element(buffer, index), plain.element(buffer, index), `${name}, ${set.name}: ${buffer.name}[${index.join(', ')}]`);
      }
    }
  }
}

test('operators of every kind', () => {
  const { defs, problems } = parseTc(KINDS);
  assert.deepEqual(problems.filter((p) => p.severity === 'error'), []);
  assert.equal(defs.length, 4);
  for (const { name, dag } of defs) compare(name, dag, 40);
});

test('operators as people write them', () => {
  const folder = new URL('../fixtures/tc/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.tc'));
  assert.ok(files.length > 8);
  for (const file of files) for (const { dag } of parseTc(readFileSync(new URL(file, folder), 'utf8')).defs) compare(file, dag, 6);
});

for (const model of ['mobilenet_v2', 'bert_base_1l']) {
  test(`the tasks of ${model}, those of other algorithms among them`, () => {
    const { tasks, siblings = [] } = readInput(new URL(`../fixtures/models/${model}.onnx`, import.meta.url).pathname);
    for (const { name, dag } of [...tasks, ...siblings.slice(0, 4).map((s) => s.task)]) compare(name, dag, 3);
  });
}
