import type { ActivationName } from '../../backend/backend.ts';
import type { ConfigReader } from '../config.ts';
import { readTextEnds } from '../decoders/decoder-config.ts';

/** The sizes of one of the two halves of an encoder–decoder. */
export interface StackSizes {
  readonly numLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
}

/** What the configurations of all encoder–decoders have. Plain data: it also travels to workers. */
export interface Seq2SeqSizes {
  /** Of what the decoder reads and writes. */
  readonly vocabSize: number;
  /** Of the sources. */
  readonly sourceVocabSize: number;
  readonly hiddenSize: number;
  readonly encoder: StackSizes;
  readonly decoder: StackSizes;
  /** Features of a head, in both halves; undefined for hiddenSize / numAttentionHeads. */
  readonly headDim: number | undefined;
  readonly hiddenAct: ActivationName;
  /** Whether the feed-forward networks are gated. */
  readonly gated: boolean;
  /** Epsilon of every norm. */
  readonly normEps: number;
  /** Most tokens that a source may have; ∞ where nothing limits them. */
  readonly sourceLength: number;
  /** Most tokens that the decoder reads, the one that it starts with included; ∞ where nothing limits them. */
  readonly contextLength: number;
  /** Whether the decoder's embeddings are the output head's weight, too. */
  readonly tieWordEmbeddings: boolean;
  /** The token that the decoder's text starts with. */
  readonly decoderStartTokenId: number;
  readonly padTokenId: number;
  /** The token that begins a text, if there is one. */
  readonly bosTokenId: number | undefined;
  /** Tokens that end a text; none if it is not said. */
  readonly eosTokenIds: readonly number[];
}

/** Special tokens; where the file says nothing they are the architecture's. */
export function readSeq2SeqTokens(
  reader: ConfigReader,
  defaults: { start: number; pad: number; bos?: number; eos: number },
): Pick<Seq2SeqSizes, 'decoderStartTokenId' | 'padTokenId' | 'bosTokenId' | 'eosTokenIds'> {
  return {
    decoderStartTokenId: reader.size('decoder_start_token_id', defaults.start, 0),
    padTokenId: reader.size('pad_token_id', defaults.pad, 0),
    ...readTextEnds(reader, defaults),
  };
}
