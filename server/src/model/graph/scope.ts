/** Names of values where a node stands: those of its graph and of the graphs around it. */
import type { Value } from './graph.js';

export class Scope {
  private readonly own = new Map<string, Value>();

  constructor(private readonly around?: Scope) {}

  get(name: string): Value | undefined {
    return this.own.get(name) ?? this.around?.get(name);
  }

  set(name: string, value: Value): void {
    this.own.set(name, value);
  }
}
