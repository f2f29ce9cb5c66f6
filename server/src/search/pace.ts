/** How a search goes along with whatever else is done on the machine. */
export interface Pace {
  /** Between two slices of work of some ms: resolves when the search may go on. */
  turn(): Promise<void>;
  /** For what others make: no work is done meanwhile. */
  wait<T>(value: T | PromiseLike<T>): Promise<T>;
}

/** Goes on at once. */
export const alone: Pace = Object.freeze({ turn: () => Promise.resolve(), wait: async <T>(value: T | PromiseLike<T>): Promise<T> => value });
