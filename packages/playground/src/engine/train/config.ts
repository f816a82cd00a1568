import type { Experiment, RunSettings } from './experiments.ts';
import { BOS, EOS, PAD } from './tokenizer.ts';

/** Most tokens of a text of a decoder. */
export const CONTEXT = 64;

const SPECIAL_IDS = { bos_token_id: BOS, eos_token_id: EOS, pad_token_id: PAD };

/** Contents of the config.json of a run's model. */
export function configOf(
  { architecture, attention }: Experiment,
  settings: RunSettings,
  vocabSize: number,
): Record<string, unknown> {
  if (architecture === 'recurrent') return recurrentConfig(settings, attention, vocabSize);
  return architecture === 'transformer'
    ? marianConfig(settings, vocabSize)
    : llamaConfig(settings, vocabSize);
}

function recurrentConfig({ cell, width }: RunSettings, attention: boolean, vocabSize: number) {
  return {
    model_type: 'recurrent_seq2seq',
    vocab_size: vocabSize,
    cell,
    attention: attention ? 'additive' : null,
    embedding_dim: 32,
    hidden_size: width,
    num_layers: 1,
    bidirectional: true,
    ...SPECIAL_IDS,
  };
}

/** An encoder and a decoder of two blocks each, with sinusoidal positions. */
function marianConfig({ width, heads }: RunSettings, vocabSize: number) {
  return {
    architectures: ['MarianMTModel'],
    model_type: 'marian',
    is_encoder_decoder: true,
    vocab_size: vocabSize,
    decoder_vocab_size: vocabSize,
    share_encoder_decoder_embeddings: true,
    tie_word_embeddings: true,
    d_model: width,
    encoder_layers: 2,
    decoder_layers: 2,
    encoder_attention_heads: heads,
    decoder_attention_heads: heads,
    encoder_ffn_dim: 2 * width,
    decoder_ffn_dim: 2 * width,
    activation_function: 'relu',
    dropout: 0,
    attention_dropout: 0,
    activation_dropout: 0,
    scale_embedding: true,
    static_position_embeddings: true,
    max_position_embeddings: 128,
    init_std: 0.05,
    ...SPECIAL_IDS,
    decoder_start_token_id: BOS,
    forced_eos_token_id: null,
  };
}

/** A decoder of two of Llama's blocks: rotary positions, RMSNorm, gated linear units. */
function llamaConfig({ width, heads }: RunSettings, vocabSize: number) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: width,
    intermediate_size: 2 * width,
    num_hidden_layers: 2,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    max_position_embeddings: CONTEXT,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    ...SPECIAL_IDS,
  };
}
