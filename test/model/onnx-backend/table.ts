/** Passed, failed and out of scope, by operator. */
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../../server/src/model/onnx/generated/onnx_pb.js';
import type { BackendCase } from './case.js';
import type { Outcome } from './outcome.js';

interface Row { passed: number; failed: string[]; outside: number }

export function printTable(cases: readonly BackendCase[], outOfScope: Readonly<Record<string, string>>, results: ReadonlyMap<string, Outcome>): string[] {
  const rows = new Map<string, Row>();
  const total: Row = { passed: 0, failed: [], outside: 0 };
  for (const test of cases) {
    const operator = operatorOf(test);
    const row = rows.get(operator) ?? { passed: 0, failed: [], outside: 0 };
    rows.set(operator, row);
    const outcome = results.get(test.name);
    for (const r of [row, total]) {
      if (outOfScope[test.name] !== undefined) r.outside++;
      else if (outcome?.problem === undefined) r.passed++;
      else r.failed.push(`${test.name}: ${outcome.problem}`);
    }
  }
  const line = (name: string, { passed, failed, outside }: Row): string => `${name.padEnd(28)} ${String(passed).padStart(5)} passed ${String(failed.length).padStart(4)} failed ${String(outside).padStart(4)} out of scope`;
  return [...[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, row]) => line(name, row)), line('all', total), ...total.failed];
}

/** A test of one node is named after its operator; of several (a function's body), after the test. */
function operatorOf({ name, model }: BackendCase): string {
  try {
    const nodes = fromBinary(ModelProtoSchema, model).graph?.node ?? [];
    const only = nodes.length === 1 ? nodes[0] : undefined;
    return only === undefined ? 'function bodies' : only.domain === '' ? only.opType : `${only.domain}.${only.opType}`;
  } catch {
    return name;
  }
}
