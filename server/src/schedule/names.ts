/** Names of iterators and parts, as the original's loop states, variables and logs have them (spec log-format, 3.5 and 3.6). */

/** The name under which a root axis appears in a loop state: `i.outer` -> `i_o`. */
export function cleanName(name: string): string {
  return name.replace(/[.@]/g, '_').replaceAll('outer', 'o').replaceAll('inner', 'i');
}

/** Variables of the two results of a binary split. */
export function outerName(variable: string): string {
  return `${variable}.outer`;
}

export function innerName(variable: string): string {
  return `${variable}.inner`;
}

/** Variable of the fusion of two neighbours. */
export function fusedName(outer: string, inner: string): string {
  return `${outer}.${inner}.fused`;
}
