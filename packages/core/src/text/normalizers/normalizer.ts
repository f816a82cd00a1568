import type { Piece } from '../pieces/alignment.ts';

/** Changes a text before it is split, keeping track of where its characters came from. */
export type Normalizer = (piece: Piece) => Piece;
