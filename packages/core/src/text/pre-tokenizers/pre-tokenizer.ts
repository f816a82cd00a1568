import type { Piece } from '../pieces/alignment.ts';

/** Splits pieces into words. The result has no empty pieces. Pieces that are added tokens are kept as they are. */
export type PreTokenizer = (pieces: readonly Piece[]) => Piece[];

/** A pre-tokenizer that splits each piece on its own. */
export function splitEach(split: (piece: Piece) => Piece[]): PreTokenizer {
  return (pieces) => {
    const all: Piece[] = [];
    for (const piece of pieces) {
      if (piece.tokenId !== undefined) all.push(piece);
      else for (const part of split(piece)) if (part.text !== '') all.push(part);
    }
    return all;
  };
}
