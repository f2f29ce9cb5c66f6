/** Why a page's request cannot be answered; the message is for people. */
export class DeskError extends Error {
  override readonly name = 'DeskError';
}
