import type { Pair } from '../../data/split.ts';
import type { Lexeme } from './lexemes.ts';
import type { Inflection, Separation, Translations } from './measures.ts';
import type { Side, Vocabulary } from './vocabulary.ts';

export interface Neighbours {
  readonly word: string;
  /** The nearest words of its own language, and of the other. */
  readonly own: readonly string[];
  readonly other: readonly string[];
}

export interface SnapshotResult {
  readonly step: number;
  readonly loss: number | null;
  readonly separation: Readonly<Record<Side, Separation>>;
  readonly translations: Readonly<Record<Side, Translations>>;
  /** After a rotation of the English vectors, on meanings that it was not found from. */
  readonly rotated: Readonly<Record<Side, Translations>>;
  readonly neighbours: readonly Neighbours[];
  /** Coordinates of `words`, in their order. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A word that is drawn. */
export interface ShownWord {
  readonly word: string;
  readonly language: Side;
  readonly class: string;
  /** The meaning that it shares with its translation, in English. */
  readonly meaning: string;
}

export interface CorpusResult {
  readonly pairs: number;
  readonly vocabulary: Readonly<Record<Side, number>>;
  readonly parameters: number;
  readonly steps: number;
  readonly lexemes: number;
  readonly classes: readonly string[];
  readonly words: readonly ShownWord[];
  /** Fractions of the variance of `words` in the last snapshot. */
  readonly explained: readonly number[];
  readonly snapshots: readonly SnapshotResult[];
}

export interface EmbeddingsResult {
  readonly grammar: CorpusResult;
  readonly messages: CorpusResult;
  /** Of Korean nouns with particles in the grammar, by step. */
  readonly inflection: readonly (Inflection & { readonly step: number })[];
}

export interface CorpusOptions {
  readonly pairs: readonly Pair[];
  /** Least number of occurrences of a word. */
  readonly atLeast: number;
  readonly lexemesOf: (vocabulary: Vocabulary) => Lexeme[];
  /** Meanings whose words are drawn, in English. */
  readonly shown: readonly string[];
  /** Words whose neighbours are listed. */
  readonly asked: readonly string[];
  readonly steps: number;
}
