/**
 * Where intermediate tensors lie: one arena, offsets by size, largest first, each at the lowest place that is free during
 * its life (greedy by size; Pisarchyk and Lee 2020).
 */

/** Of intermediate tensors, bytes: a cache line and the widest vector. */
export const ARENA_ALIGNMENT = 64;
/**
 * Bytes between neighbours: feature maps are often multiples of 4096 bytes, and tensors that begin at equal addresses modulo 4096 fight
 * for the same cache sets (a convolution of ResNet-18 took up to twice as long).
 */
const SKEW = 5 * ARENA_ALIGNMENT;

export interface Lifetime {
  readonly bytes: number;
  /** Indices of the call that writes it and of the last one that reads it. */
  readonly first: number;
  readonly last: number;
}

export interface ArenaSlot extends Lifetime {
  /** Bytes from the start of the arena, a multiple of 64. */
  readonly offset: number;
}

export interface Arena {
  /** In the order of the lifetimes. */
  readonly slots: readonly ArenaSlot[];
  readonly bytes: number;
}

export function planArena(lifetimes: readonly Lifetime[]): Arena {
  const bySize = [...lifetimes.keys()].sort((a, b) => (lifetimes[b]?.bytes ?? 0) - (lifetimes[a]?.bytes ?? 0) || a - b);
  const placed = new Map<number, ArenaSlot>();
  /** What was placed, by the calls during which it lives. */
  const during: ArenaSlot[][] = [];
  for (const index of bySize) {
    const life = lifetimes[index];
    if (life === undefined) continue;
    const alive = [...new Set(Array.from({ length: life.last - life.first + 1 }, (_, k) => during[life.first + k] ?? []).flat())].sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of alive) {
      if (offset + life.bytes <= other.offset) break;
      offset = Math.max(offset, aligned(other.offset + other.bytes) + SKEW);
    }
    const slot = { ...life, offset };
    placed.set(index, slot);
    for (let call = life.first; call <= life.last; call++) (during[call] ??= []).push(slot);
  }
  const slots = lifetimes.flatMap((_, i) => placed.get(i) ?? []);
  return { slots, bytes: aligned(slots.reduce((end, slot) => Math.max(end, slot.offset + slot.bytes), 0)) };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
}
