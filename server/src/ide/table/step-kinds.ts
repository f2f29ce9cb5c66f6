/**
 * What kinds of steps a record has, as a set of bits: the record table filters and shows them. `rule` names follow the sketch rules
 * that leave such steps behind (Ansor, table 1).
 */
const CODES = ['AN', 'FU', 'PR', 'RE', 'SP', 'FSP', 'FFSP', 'SA', 'CA', 'CI', 'CR', 'CHR', 'CHW', 'RF'] as const;

const TILING_BIT = 1 << CODES.length;

/** Names that people filter by, and the bits of which one must be there. */
const RULES: Readonly<Record<string, number>> = Object.freeze({
  multileveltiling: TILING_BIT, fusion: bit('FSP') | bit('FFSP'), inline: bit('CI'), cachewrite: bit('CHW'), cacheread: bit('CHR'), rfactor: bit('RF'),
  computeat: bit('CA'), computeroot: bit('CR'), fuse: bit('FU'), reorder: bit('RE'), annotate: bit('AN'), unroll: bit('PR'), layout: bit('SA'),
});

/** As they are written in the table and in the filter's help. */
export const RULE_NAMES = ['multiLevelTiling', 'fusion', 'inline', 'cacheWrite', 'cacheRead', 'rfactor', 'computeAt', 'computeRoot', 'fuse', 'reorder', 'annotate', 'unroll', 'layout'] as const;

const NAMED: readonly (readonly [string, number])[] = [
  ['multiLevelTiling', TILING_BIT], ['fusion', bit('FSP') | bit('FFSP')], ['cacheWrite', bit('CHW')], ['cacheRead', bit('CHR')], ['rfactor', bit('RF')], ['inline', bit('CI')],
];

function bit(code: (typeof CODES)[number]): number {
  return 1 << CODES.indexOf(code);
}

/** The bit of a step's code; 0 for one that is unknown. */
export function stepBit(code: string): number {
  const i = CODES.findIndex((c) => c === code);
  return i < 0 ? 0 : 1 << i;
}

/** Set where a split makes more than two loops: the mark of multi-level tiling. */
export const TILED = TILING_BIT;

/** The bits that a rule's name or a step's code (any case) asks for; undefined if it is neither. */
export function ruleBits(name: string): number | undefined {
  const code = stepBit(name.toUpperCase());
  return RULES[name.toLowerCase()] ?? (code === 0 ? undefined : code);
}

/** The rules whose traces a record has. */
export function rulesOf(bits: number): string[] {
  return NAMED.flatMap(([name, mask]) => ((bits & mask) === 0 ? [] : [name]));
}
