/** The fourteen workloads of the original, written as `.tc`: DAG text, hash, FLOPs, and printing as the identity. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dagFlops } from '../../server/src/dag/flops.js';
import { printTc } from '../../server/src/dag/print-tc.js';
import { dagHash, dagText, shortenedDagText, workloadKey } from '../../server/src/dag/text.js';
import { parseTc } from '../../server/src/lang/parse.js';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');

interface Expected { readonly key: string; readonly flop: number; readonly text: string; readonly state: string }

function expectedOf(name: string): Expected {
  const text = read(`oracle/dag/${name}.txt`);
  const line = (title: string): string => new RegExp(`^${title}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const [, dag = '', state = ''] = /# str\(compute_dag\)\n([^]*?)\n\n# initial state\n([^]*)$/.exec(text) ?? [];
  return { key: line('hash_key'), flop: Number(line('flop')), text: dag + '\n', state };
}

const names = readdirSync(new URL('tc/', FIXTURES)).filter((f) => f.endsWith('.tc')).map((f) => f.slice(0, -3));

test('every workload of the original has a .tc file', () => {
  assert.deepEqual(names, readdirSync(new URL('oracle/dag/', FIXTURES)).map((f) => f.replace('.txt', '')));
});

for (const name of names) {
  test(name, () => {
    const { defs, problems } = parseTc(read(`tc/${name}.tc`));
    assert.deepEqual(problems, []);
    const [def] = defs;
    assert.ok(def !== undefined && defs.length === 1);
    const expected = expectedOf(name);
    assert.equal(shortenedDagText(dagText(def.dag)), expected.text);
    assert.equal(workloadKey(def.dag), expected.key);
    assert.equal(dagFlops(def.dag), expected.flop);
    // Extents of the axes: those of more than one step stand in the initial state's text, stage by stage.
    const loops = [...expected.state.matchAll(/^ *for (\S+) \(0,(\d+)\)$/gm)].map((m) => `${m[1]} ${m[2]}`);
    const axes = def.dag.ops.flatMap((op) => (op.kind === 'compute' ? [...op.axes, ...op.reduceAxes] : []));
    assert.deepEqual(axes.filter((axis) => axis.extent > 1).map((axis) => `${axis.var.name} ${axis.extent}`), loops);

    const printed = printTc(def.dag, def.name);
    const again = parseTc(printed);
    assert.deepEqual(again.problems, []);
    assert.deepEqual(again.defs.map((d) => d.dag), [def.dag]);
    assert.equal(printTc(again.defs[0]?.dag ?? def.dag, name), printed);
  });
}

test('winograd: the whole text and the attributes', () => {
  const whole = JSON.parse(read('oracle/winograd_full_text.json')) as { simple_text: string; full_text: string; md5_of_simple_text: string; attributes: Record<string, Record<string, string>> };
  const dag = parseTc(read('tc/winograd_14_64.tc')).defs[0]?.dag;
  assert.ok(dag !== undefined);
  assert.equal(dagText(dag), whole.full_text);
  assert.equal(dagText(dag, 'simple'), whole.simple_text);
  assert.equal(dagHash(dag), whole.md5_of_simple_text);
  for (const op of dag.ops) {
    if (op.kind !== 'compute') continue;
    const attrs = whole.attributes[op.name] ?? {};
    assert.equal(op.attrs.constMatrix, attrs['const_matrix'] === undefined ? undefined : true);
    const list = attrs['auto_scheduler_simplify_const_tensor_indices'];
    assert.deepEqual(op.attrs.simplifyConstTensorIndices, list === undefined ? undefined : JSON.parse(list));
  }
});
