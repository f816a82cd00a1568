import { BOS, EOS, PAD } from './tokenizers.ts';

/** A recurrent encoder–decoder, with attention or without. */
export interface RecurrentArchitecture {
  readonly kind: 'recurrent';
  readonly cell: 'rnn' | 'lstm' | 'gru';
  /** The score of the attention; null: the decoder gets the encoder's final state alone. */
  readonly attention: 'additive' | 'dot' | 'general' | null;
  readonly embeddingDim: number;
  readonly hiddenSize: number;
  readonly numLayers?: number;
  readonly bidirectional?: boolean;
}

/** An encoder–decoder transformer with sinusoidal positions (Marian). */
export interface TransformerArchitecture {
  readonly kind: 'transformer';
  readonly width: number;
  readonly heads: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly feedForward: number;
  readonly dropout?: number;
}

export type Architecture = RecurrentArchitecture | TransformerArchitecture;

/** Contents of config.json, with our special tokens. */
export const configOf = (vocabSize: number, architecture: Architecture): Record<string, unknown> =>
  architecture.kind === 'recurrent'
    ? recurrentConfig(vocabSize, architecture)
    : marianConfig(vocabSize, architecture);

function recurrentConfig(
  vocabSize: number,
  { attention, cell, embeddingDim, hiddenSize, numLayers = 1, bidirectional = false }: RecurrentArchitecture,
): Record<string, unknown> {
  return {
    model_type: 'recurrent_seq2seq',
    vocab_size: vocabSize,
    cell,
    attention,
    embedding_dim: embeddingDim,
    hidden_size: hiddenSize,
    num_layers: numLayers,
    bidirectional,
    bos_token_id: BOS,
    eos_token_id: EOS,
    pad_token_id: PAD,
  };
}

/** Contents of config.json of a small Marian model with our special tokens. */
export function marianConfig(
  vocabSize: number,
  { width, heads, encoderLayers, decoderLayers, feedForward, dropout = 0 }: TransformerArchitecture,
): Record<string, unknown> {
  return {
    architectures: ['MarianMTModel'],
    model_type: 'marian',
    is_encoder_decoder: true,
    vocab_size: vocabSize,
    decoder_vocab_size: vocabSize,
    share_encoder_decoder_embeddings: true,
    tie_word_embeddings: true,
    d_model: width,
    encoder_layers: encoderLayers,
    decoder_layers: decoderLayers,
    encoder_attention_heads: heads,
    decoder_attention_heads: heads,
    encoder_ffn_dim: feedForward,
    decoder_ffn_dim: feedForward,
    activation_function: 'relu',
    dropout,
    attention_dropout: 0,
    activation_dropout: 0,
    scale_embedding: true,
    static_position_embeddings: true,
    max_position_embeddings: 512,
    init_std: 0.05,
    pad_token_id: PAD,
    bos_token_id: BOS,
    eos_token_id: EOS,
    decoder_start_token_id: BOS,
    forced_eos_token_id: null,
  };
}
