/** The vector functions of the kernels as C: one static function for each width that is used. */
import { VECTOR_FUNCTIONS, type VectorOp } from '../kernel/vector-math.js';
import { literal } from './arithmetic.js';

/** The name of the function for vectors of `lanes` elements. */
export function vectorFunctionName(name: string, lanes: number): string {
  return `ansor_${name}_v${lanes}`;
}

/** The name of the function that combines all lanes. */
export function acrossName(op: 'add' | 'max' | 'min', lanes: number): string {
  return vectorFunctionName(`across${op}`, lanes);
}

/** Definitions of the functions that `text` calls; several kernels in one translation unit may bring the same. */
export function vectorFunctionsIn(text: string): string {
  const used = new Set([...text.matchAll(/\bansor_([a-z]+)_v(\d+)\(/g)].map((m) => `${m[1] ?? ''} ${m[2] ?? ''}`));
  return [...used].sort().map((entry) => {
    const [name = '', lanes = ''] = entry.split(' ');
    return definition(name, Number(lanes));
  }).join('');
}

function guarded(name: string, lanes: number, head: string, body: string): string {
  const guard = `ANSOR_${name.toUpperCase()}_V${lanes}`;
  return `#ifndef ${guard}\n#define ${guard}\nstatic inline ${head} ${vectorFunctionName(name, lanes)}(ansor_v${lanes} x) {\n${body}}\n#endif\n`;
}

/** Halves until one element is left. */
function across(name: string, lanes: number): string {
  const lines: string[] = [];
  for (let n = lanes / 2, from = 'x'; n >= 2; n /= 2) {
    const half = (first: number): string => `{${Array.from({ length: n }, (_, k) => `${from}[${first + k}]`).join(', ')}}`;
    lines.push(`  ansor_v${n} l${n} = ${half(0)}, h${n} = ${half(n)};\n`);
    lines.push(name === 'acrossadd' ? `  ansor_v${n} y${n} = l${n} + h${n};\n`
      : `  ansor_m${n} k${n} = l${n} ${name === 'acrossmax' ? '>' : '<'} h${n};\n  ansor_v${n} y${n} = (ansor_v${n})(((ansor_m${n})l${n} & k${n}) | ((ansor_m${n})h${n} & ~k${n}));\n`);
    from = `y${n}`;
  }
  const [a, b] = ['y2[0]', 'y2[1]'];
  lines.push(`  return ${name === 'acrossadd' ? `${a} + ${b}` : `${a} ${name === 'acrossmax' ? '>' : '<'} ${b} ? ${a} : ${b}`};\n`);
  return guarded(name, lanes, 'float', lines.join(''));
}

function definition(name: string, lanes: number): string {
  if (name.startsWith('across')) return across(name, lanes);
  const code = VECTOR_FUNCTIONS.get(name);
  if (code === undefined) throw new Error(`assertion failed: no vector function ${name}`);
  const [v, m] = [`ansor_v${lanes}`, `ansor_m${lanes}`];
  const all = (text: string): string => `{${new Array<string>(lanes).fill(text).join(', ')}}`;
  const arithmetic = { add: '+', sub: '-', mul: '*', div: '/' } as const;
  const integer = { iadd: '+', isub: '-', and: '&', or: '|' } as const;
  const comparison = { lt: '<', gt: '>', ne: '!=' } as const;
  const line = (o: VectorOp, i: number): string => {
    const isInt = 'a' in o && (o.op in integer || o.op in comparison || o.op === 'shl' || o.op === 'shr');
    const is = isInt || o.op === 'int' ? m : v;
    const set = (value: string): string => `  ${is} x${i} = ${value};\n`;
    const asInt = (k: number): string => `(${m})x${k}`;
    const asFloat = (k: number): string => `(${v})x${k}`;
    switch (o.op) {
      case 'argument': return set('x');
      case 'float': return set(all(literal(o.value, 'float32')));
      case 'int': return set(all(o.value === -(2 ** 31) ? '(-0x7fffffff - 1)' : String(o.value)));
      case 'add': case 'sub': case 'mul': case 'div': return set(`${asFloat(o.a)} ${arithmetic[o.op]} ${asFloat(o.b)}`);
      case 'lt': case 'gt': case 'ne': return set(`(${m})(${asFloat(o.a)} ${comparison[o.op]} ${asFloat(o.b)})`);
      case 'iadd': case 'isub': case 'and': case 'or': return set(`${asInt(o.a)} ${integer[o.op]} ${asInt(o.b)}`);
      case 'shl': return set(`${asInt(o.a)} << ${o.by}`);
      case 'shr': return set(`${asInt(o.a)} >> ${o.by}`);
      case 'toFloat': return set(`__builtin_convertvector(${asInt(o.a)}, ${v})`);
      case 'select': return set(`(${v})((${asInt(o.mask)} & ${asInt(o.a)}) | (~${asInt(o.mask)} & ${asInt(o.b)}))`);
    }
  };
  return guarded(name, lanes, v, `${code.map(line).join('')}  return (${v})x${code.length - 1};\n`);
}
