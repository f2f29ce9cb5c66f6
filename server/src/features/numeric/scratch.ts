/** Tables that the structures share, as only one is evaluated at a time: so the many structures of a search stay small. */
import { PieceMaker } from './piece.js';
import { SumPiece } from './sum-piece.js';
import { TermSum } from './term-sum.js';

export class Scratch {
  readonly maker = new PieceMaker();
  private readonly sums: TermSum[] = [];
  private readonly pieces: SumPiece[] = [];
  private usedSums = 0;
  private usedPieces = 0;

  /** A new structure may use everything again. */
  begin(): void {
    this.usedSums = 0;
    this.usedPieces = 0;
  }

  sum(): TermSum {
    const at = this.usedSums++;
    return (this.sums[at] ??= new TermSum());
  }

  piece(): SumPiece {
    const at = this.usedPieces++;
    return (this.pieces[at] ??= new SumPiece());
  }
}
