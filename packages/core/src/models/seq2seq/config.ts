import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';
import { readTextEnds } from '../decoders/decoder-config.ts';

/** The sizes of the encoder or the decoder. */
export interface StackSizes {
  readonly numLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** Default: that of both. */
  readonly hiddenAct?: ActivationName;
}

/** The configuration values of all encoder–decoders. Structured-cloneable: it is posted to workers. */
export interface Seq2SeqSizes {
  /** Vocabulary size of the targets. */
  readonly vocabSize: number;
  /** Vocabulary size of the sources. */
  readonly sourceVocabSize: number;
  readonly hiddenSize: number;
  readonly encoder: StackSizes;
  readonly decoder: StackSizes;
  /** Features of a head; if undefined, hiddenSize / numAttentionHeads. */
  readonly headDim: number | undefined;
  readonly hiddenAct: ActivationName;
  /** Whether the feed-forward networks are gated. */
  readonly gated: boolean;
  /** Epsilon of every norm. */
  readonly normEps: number;
  /** Maximum tokens of a source; ∞ if unlimited. */
  readonly sourceLength: number;
  /** Maximum tokens of a target, the start token included; ∞ if unlimited. */
  readonly contextLength: number;
  /** Whether the output head's weight is the decoder's token embeddings. */
  readonly tieWordEmbeddings: boolean;
  /** The decoder's first input token. */
  readonly decoderStartTokenId: number;
  readonly padTokenId: number;
  /** The begin-of-sequence token, if there is one. */
  readonly bosTokenId: number | undefined;
  /** End-of-sequence tokens; may be empty. */
  readonly eosTokenIds: readonly number[];
}

/** Reads the special tokens. `defaults` are the architecture's. */
export function readSeq2SeqTokens(
  reader: ConfigReader,
  defaults: { start: number; pad: number; bos?: number; eos: number },
): Pick<Seq2SeqSizes, 'decoderStartTokenId' | 'padTokenId' | 'bosTokenId' | 'eosTokenIds'> {
  return {
    decoderStartTokenId: startId(reader, defaults.start),
    padTokenId: reader.ids('pad_token_id')?.[0] ?? defaults.pad,
    ...readTextEnds(reader, defaults),
  };
}

/** The first input of the decoder: an id, or a list of one. */
function startId(reader: ConfigReader, fallback: number): number {
  const [id = -1, ...others] = reader.ids('decoder_start_token_id') ?? [fallback];
  if (id >= 0 && others.length === 0) return id;
  throw new ConfigError(
    `config.json: decoder_start_token_id must be a whole number of at least 0, got ${JSON.stringify(reader.raw('decoder_start_token_id'))}`,
  );
}
