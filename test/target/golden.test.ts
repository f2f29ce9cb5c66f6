/** The C text of a few kernels. `UPDATE_GOLDEN=1` rewrites the files; look at what changed. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Program } from '../../server/src/ir/program.js';
import { lower, lowerNaive } from '../../server/src/lower/lower.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { printTranslationUnit, type CDialect } from '../../server/src/target/c/print.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { VectorUnit } from '../../server/src/target/kernel/ir.js';
import { taskOf } from './candidates.js';
import { PROGRAMS } from './programs.js';
import { workload } from './workloads.js';

const AVX2: VectorUnit = { bytes: 32, registers: 16 };
const X86: CDialect = { x86VectorBytes: 32, pin: 'x' };
const PORTABLE: CDialect = { x86VectorBytes: 0, pin: undefined };

function check(name: string, program: Program | undefined, unit: VectorUnit | undefined, dialect: CDialect): void {
  test(name, () => {
    assert.ok(program);
    const text = printTranslationUnit([buildKernel(program, { symbol: 'k', unit })], dialect);
    const file = fileURLToPath(new URL(`../golden/target/${name}.c`, import.meta.url));
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    assert.ok(existsSync(file), `${file} is missing: UPDATE_GOLDEN=1 writes it`);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
}

const scheduled = (name: string): Program => lower(defaultSchedule(taskOf(workload(name)), DEFAULT_MACHINE));

check('matmul-naive', lowerNaive(workload('matmul')), undefined, PORTABLE);
check('matmul-bias-relu', scheduled('matmul_bias_relu'), AVX2, X86);
check('conv-portable', scheduled('conv'), { bytes: 16, registers: 32 }, PORTABLE);
check('softmax', scheduled('softmax'), AVX2, X86);
check('integers', scheduled('integers'), AVX2, X86);
check('parallel-below-serial', PROGRAMS['parallel loops below serial ones'], AVX2, PORTABLE);
