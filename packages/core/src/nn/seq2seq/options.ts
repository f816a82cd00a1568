import { ConfigError } from '../../errors.ts';
import type { ScoreName } from '../attention/scores/load-score.ts';
import type { CellKind } from '../recurrent/cell.ts';
import { checkSizes } from '../torch/float-array.ts';

/** Sizes and parts of a {@link Seq2Seq}. */
export interface Seq2SeqOptions {
  readonly sourceVocabSize: number;
  readonly targetVocabSize: number;
  /** Features of a token's vector, in encoder and decoder. */
  readonly embeddingDim: number;
  readonly hiddenSize: number;
  /** Recurrent layers of the encoder and of the decoder. Default 1. */
  readonly numLayers?: number;
  /** Default `gru`. */
  readonly cell?: 'rnn' | 'lstm' | 'gru';
  /** The encoder reads in both directions. Default false. */
  readonly bidirectional?: boolean;
  /**
   * How the decoder looks at the encoder's states at each step. Default: not at all, and all that it knows of the source is the one
   * vector in which the encoder ended.
   */
  readonly attention?: ScoreName;
  /** The token that the decoder begins with. */
  readonly bosTokenId: number;
  /** The token at which it stops. */
  readonly eosTokenId: number;
}

export interface Seq2SeqSizes extends Required<Omit<Seq2SeqOptions, 'attention' | 'cell'>> {
  readonly kind: CellKind;
  readonly attention: ScoreName | undefined;
}

const KINDS: Readonly<Record<string, CellKind>> = { rnn: 'rnnTanh', lstm: 'lstm', gru: 'gru' };
const SCORES: readonly string[] = ['additive', 'dot', 'general', 'concat', 'scaledDot'] satisfies ScoreName[];

/** The options with their defaults. Throws `ConfigError` naming what makes no sense. */
export function seq2SeqSizes(options: Seq2SeqOptions): Seq2SeqSizes {
  const { cell = 'gru', attention, numLayers = 1, bidirectional = false, ...rest } = options;
  const { sourceVocabSize, targetVocabSize, embeddingDim, hiddenSize, bosTokenId, eosTokenId } = rest;
  checkSizes('Seq2Seq', { sourceVocabSize, targetVocabSize, embeddingDim, hiddenSize, numLayers });
  const kind = Object.hasOwn(KINDS, cell) ? KINDS[cell] : undefined;
  if (!kind) throw new ConfigError(`Seq2Seq: cell must be rnn, lstm or gru, got ${JSON.stringify(cell)}`);
  if (attention !== undefined && !SCORES.includes(attention)) {
    throw new ConfigError(
      `Seq2Seq: attention must be one of ${SCORES.join(', ')}, got ${JSON.stringify(attention)}`,
    );
  }
  for (const [name, id] of Object.entries({ bosTokenId, eosTokenId })) {
    if (!(Number.isSafeInteger(id) && id >= 0 && id < targetVocabSize)) {
      throw new ConfigError(`Seq2Seq: ${name} must lie in 0 … ${targetVocabSize - 1}, got ${id}`);
    }
  }
  return { ...rest, kind, attention, numLayers, bidirectional };
}
