/** A structure or candidate that the numeric evaluation leaves to the walk over programs. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered';
}
