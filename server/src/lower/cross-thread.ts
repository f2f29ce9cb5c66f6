/**
 * A reduction with loops bound to threads: each thread reduces its part into a buffer of one element, the threads combine these
 * (opaque all-reduce), one of them stores the result (TVM: MakeCrossThreadReduction).
 */
import type { LoopVar } from '../bounds/loop-var.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';
import { createBuffer, type Buffer } from '../ir/buffer.js';
import { binary, ifThenElse, int, load, type Expr, type Var } from '../ir/expr.js';
import type { Stmt } from '../ir/program.js';
import { ScheduleError } from '../schedule/step.js';
import type { NestLoop, StageNests } from './stage-nest.js';
import { combine, guarded, identity, sequence, threadTag } from './statements.js';

export function crossThreadReduction(nests: StageNests, stage: StageSchedule, loops: readonly NestLoop[]): Stmt {
  const op = stage.compute;
  if (op.body.kind !== 'reduce') throw new ScheduleError('lower', `${op.name} is no reduction`);
  const { combiner, source } = op.body;
  const isThread = (l: NestLoop): boolean => threadTag(l.leaf.annotation) !== undefined;
  const threads = loops.filter((l) => l.leaf.reduce && isThread(l));
  const firstThread = loops.indexOf(threads[0] as NestLoop);
  if (loops.slice(firstThread).some((l) => l.leaf.spatial && !isThread(l))) {
    throw new ScheduleError('lower', `${op.name} has a spatial loop inside a reduction over threads`);
  }
  const common = loops.filter((l) => isThread(l) || !l.leaf.reduce);
  const serial = loops.filter((l) => !isThread(l) && l.leaf.reduce);

  const { env, checks } = nests.inside(stage, loops, () => true);
  const outside = nests.inside(stage, loops.filter((l) => l.leaf.spatial), (v: LoopVar) => v.spatial && !v.reduce);
  const neutral = identity(combiner, op);
  const part = nests.body.value(source, env, checks.know);
  const result = createBuffer('reduce_temp0', [1], op.output.dtype);
  const zero = [int(0)];

  const stmts: Stmt[] = [];
  let own: Expr;
  let partial: Buffer | undefined;
  if (serial.length > 0) {
    partial = createBuffer('normal_reduce_temp0', [1], op.output.dtype);
    own = load(partial, zero);
    stmts.push({ kind: 'store', buffer: partial, indices: zero, value: neutral });
    const add: Stmt = { kind: 'store', buffer: partial, indices: zero, value: combine(combiner, own, part) };
    stmts.push(nests.wrap(stage, serial, guarded(checks.conditions, add), true));
  } else {
    own = checks.conditions.length === 0 ? part : ifThenElse(checks.conditions.reduce((a, b) => binary('and', a, b)), part, neutral);
  }
  stmts.push({ kind: 'allreduce', combiner, source: own, result, threads: threads.map((l) => l.variable.expr as Var) });
  const store: Stmt = { kind: 'store', buffer: op.output, indices: nests.target(outside.env, outside.checks.know), value: load(result, zero) };
  const first = threads.map((l): Expr => binary('eq', l.variable.expr, int(0))).reduce((a, b) => binary('and', a, b));
  stmts.push({ kind: 'if', cond: first, likely: false, body: guarded(outside.checks.conditions, store) });

  let body: Stmt = stmts.reduce<Stmt | undefined>((all, s) => (all === undefined ? s : sequence(all, s)), undefined) as Stmt;
  const local = (buffer: Buffer, inner: Stmt): Stmt => ({ kind: 'realize', buffer, region: [{ min: int(0), extent: 1 }], scope: 'local', body: inner });
  body = local(result, body);
  if (partial !== undefined) body = local(partial, body);
  return nests.wrap(stage, common, body, true);
}
