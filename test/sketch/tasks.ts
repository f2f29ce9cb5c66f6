/** The workloads that the original made sketches and samples for, as tasks, and small ones of our own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDag, at, compute, placeholder, reduce } from '../../server/src/dag/create.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { ComputeOp, Op } from '../../server/src/dag/op.js';
import type { HardwareParams } from '../../server/src/hardware/params.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import type { Target } from '../../server/src/hardware/target.js';
import { binary, call, float, int } from '../../server/src/ir/expr.js';
import type { SketchTask } from '../../server/src/sketch/task.js';
import { ORACLE, workloads, type Workload } from '../schedule/oracle.js';

const CPU: Target = { kind: 'llvm', keys: ['cpu'], attrs: new Map([['num-cores', '2']]) };
const CUDA: Target = { kind: 'cuda', keys: ['cuda', 'gpu'], attrs: new Map([['arch', 'sm_80']]) };
const MALI: Target = { kind: 'opencl', keys: ['mali', 'opencl', 'gpu'], attrs: new Map([['device', 'mali']]) };
const GPU_HARDWARE: HardwareParams = {
  numCores: -1, vectorUnitBytes: 16, cacheLineBytes: 64, maxSharedMemoryPerBlock: 49152, maxLocalMemoryPerBlock: 2147483647,
  maxThreadsPerBlock: 1024, maxVthreadExtent: 8, warpSize: 32,
};

export function cpuTask(dag: ComputeDag, cores = 2): SketchTask {
  return { dag, target: CPU, hardware: cpuHardware(cores) };
}

export function cudaTask(dag: ComputeDag): SketchTask {
  return { dag, target: CUDA, hardware: GPU_HARDWARE };
}

export function maliTask(dag: ComputeDag): SketchTask {
  return { dag, target: MALI, hardware: GPU_HARDWARE };
}

export interface OracleTask { readonly name: string; readonly task: SketchTask; readonly workload: Workload; readonly sketches: readonly string[] }

/** All workloads on both targets, with the original's sketch texts. */
export function oracleTasks(): OracleTask[] {
  return workloads().map((workload) => {
    const { dag } = workload;
    const text = readFileSync(join(ORACLE, 'sketches', `${workload.name}.txt`), 'utf8');
    const sketches = text.split(/^===== sketch \d+ =====\n/m).slice(1).map((sketch) => sketch.replace(/\n+$/, '\n'));
    return { name: workload.name, task: workload.name.endsWith('.cuda') ? cudaTask(dag) : cpuTask(dag), workload, sketches };
  });
}

export function matmulOp(a: Op, b: Op, name: string): ComputeOp {
  const [n, k] = a.output.shape as [number, number];
  const m = b.output.shape[1] as number;
  return reduce(name, [n, m], ['i', 'j'], { k }, 'add', ([i, j], [r]) => binary('mul', at(a, i!, r!), at(b, r!, j!)));
}

export function matmul(n: number, m: number, k: number): ComputeDag {
  const a = placeholder('A', [n, k]);
  const b = placeholder('B', [k, m]);
  return createDag([a, b, matmulOp(a, b, 'C')]);
}

export function twoMatmuls(n: number): ComputeDag {
  const [a, b, c] = ['A', 'B', 'C'].map((name) => placeholder(name, [n, n])) as [Op, Op, Op];
  const first = matmulOp(a, b, 'D');
  return createDag([a, b, c, first, matmulOp(first, c, 'E')]);
}

/** 2 x 2 windows with stride 2. */
export function maxPool(size: number, channels: number): ComputeDag {
  const data = placeholder('data', [1, size, size, channels]);
  const pool = reduce('pool', [1, size / 2, size / 2, channels], ['n', 'h', 'w', 'c'], { rh: 2, rw: 2 }, 'max', ([n, h, w, c], [rh, rw]) =>
    at(data, n!, binary('add', binary('mul', h!, int(2)), rh!), binary('add', binary('mul', w!, int(2)), rw!), c!));
  return createDag([data, pool]);
}

export function rowMin(rows: number, columns: number): ComputeDag {
  const a = placeholder('A', [rows, columns]);
  return createDag([a, reduce('B', [rows], ['i'], { k: columns }, 'min', ([i], [k]) => at(a, i!, k!))]);
}

/** sqrt of the sum of squares of a whole matrix. */
export function norm(n: number): ComputeDag {
  const a = placeholder('A', [n, n]);
  const sum = reduce('C', [], [], { i: n, j: n }, 'add', (_, [i, j]) => binary('mul', at(a, i!, j!), at(a, i!, j!)));
  return createDag([a, sum, compute('D', [], [], () => call('tir.sqrt', [at(sum)], 'float32'))]);
}

export function layerNorm(rows: number, columns: number): ComputeDag {
  const a = placeholder('A', [rows, columns]);
  const scale = placeholder('scale', [columns]);
  const shift = placeholder('shift', [columns]);
  const sum = reduce('sum', [rows], ['i'], { k: columns }, 'add', ([i], [k]) => at(a, i!, k!));
  const squares = reduce('squares', [rows], ['i'], { k: columns }, 'add', ([i], [k]) => binary('mul', at(a, i!, k!), at(a, i!, k!)));
  const out = compute('out', [rows, columns], ['i', 'j'], ([i, j]) => {
    const centred = binary('sub', at(a, i!, j!), binary('mul', at(sum, i!), float(1 / columns)));
    return binary('add', binary('mul', binary('mul', centred, at(squares, i!)), at(scale, j!)), at(shift, j!));
  });
  return createDag([a, sum, squares, scale, shift, out]);
}

export function relu(n: number): ComputeDag {
  const a = placeholder('A', [n, n]);
  return createDag([a, compute('B', [n, n], ['i', 'j'], ([i, j]) => binary('max', at(a, i!, j!), float(0)))]);
}

/** `pad`: whether a border of zeros is added first. */
export function conv2d(size: number, ci: number, co: number, kernel: number, pad: boolean): ComputeDag {
  const data = placeholder('data', [1, size, size, ci]);
  const weight = placeholder('kernel', [kernel, kernel, ci, co], 'float32', { constant: true });
  const bias = placeholder('bias', [co]);
  const border = pad ? (kernel - 1) / 2 : 0;
  const inside = (v: Parameters<typeof binary>[1]): Parameters<typeof binary>[1] => binary('and', binary('ge', v, int(border)), binary('lt', v, int(size + border)));
  const padded = compute('pad', [1, size + 2 * border, size + 2 * border, ci], ['i0', 'i1', 'i2', 'i3'], ([n, h, w, c]) =>
    call('tir.if_then_else', [binary('and', inside(h!), inside(w!)), at(data, n!, binary('sub', h!, int(border)), binary('sub', w!, int(border)), c!), float(0)], 'float32'));
  const source = pad ? padded : data;
  const out = size + 2 * border - kernel + 1;
  const conv = reduce('conv', [1, out, out, co], ['n', 'h', 'w', 'co'], { rh: kernel, rw: kernel, rc: ci }, 'add', ([n, h, w, c], [rh, rw, rc]) =>
    binary('mul', at(source, n!, binary('add', h!, rh!), binary('add', w!, rw!), rc!), at(weight, rh!, rw!, rc!, c!)));
  const added = compute('bias_add', [1, out, out, co], ['n', 'h', 'w', 'co'], ([n, h, w, c]) => binary('add', at(conv, n!, h!, w!, c!), at(bias, c!)));
  const rectified = compute('relu', [1, out, out, co], ['n', 'h', 'w', 'co'], ([n, h, w, c]) => binary('max', at(added, n!, h!, w!, c!), float(0)));
  return createDag([data, weight, bias, padded, conv, added, rectified], [rectified.output]);
}
