import { ConfigError } from '../../errors.ts';
import { type OptionNames, requireOptions } from '../../options.ts';
import type { ScoreName } from '../attention/scores/load-score.ts';
import type { CellKind } from '../recurrent/cell.ts';
import { checkSizes } from '../torch/float-array.ts';

/** Options of a {@link Seq2Seq}. */
export interface Seq2SeqOptions {
  readonly sourceVocabSize: number;
  readonly targetVocabSize: number;
  /** Features of the token embeddings of encoder and decoder. */
  readonly embeddingDim: number;
  readonly hiddenSize: number;
  /** Recurrent layers of the encoder and of the decoder. Default 1. */
  readonly numLayers?: number;
  /** Default `gru`. */
  readonly cell?: 'rnn' | 'lstm' | 'gru';
  /** Bidirectional encoder. Default false. */
  readonly bidirectional?: boolean;
  /**
   * The score of the decoder's attention to the encoder's states. Default: no attention; the decoder gets only the encoder's final state.
   */
  readonly attention?: ScoreName;
  /** The decoder's first input token. */
  readonly bosTokenId: number;
  /** The token that ends a sequence. */
  readonly eosTokenId: number;
}

/** The options with defaults. */
export interface Seq2SeqSizes extends Required<Omit<Seq2SeqOptions, 'attention' | 'cell'>> {
  readonly kind: CellKind;
  readonly attention: ScoreName | undefined;
}

const KINDS: Readonly<Record<string, CellKind>> = { rnn: 'rnnTanh', lstm: 'lstm', gru: 'gru' };
const SCORES: readonly string[] = ['additive', 'dot', 'general', 'concat', 'scaledDot'] satisfies ScoreName[];

const OPTIONS = {
  sourceVocabSize: 'count',
  targetVocabSize: 'count',
  embeddingDim: 'count',
  hiddenSize: 'count',
  numLayers: 'count',
  cell: true,
  bidirectional: 'boolean',
  attention: true,
  bosTokenId: 'whole',
  eosTokenId: 'whole',
} satisfies OptionNames<Seq2SeqOptions>;

/** The options with defaults. Throws `ConfigError` for invalid ones. */
export function seq2SeqSizes(options: Seq2SeqOptions): Seq2SeqSizes {
  requireOptions('Seq2Seq', options, OPTIONS);
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
