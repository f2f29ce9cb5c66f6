/** Asks a long computation to stop; it looks at `cancelled` between units of work. Cancellation is not an error. */
export interface CancellationToken {
  readonly cancelled: boolean;
}

export const neverCancelled: CancellationToken = Object.freeze({ cancelled: false });
