import type { ConfigReader } from '../../models/config.ts';
import type { BartConfig } from '../../models/seq2seq/bart.ts';
import type { MarianConfig } from '../../models/seq2seq/marian.ts';
import type { T5Config } from '../../models/seq2seq/t5.ts';
import { filled, normal } from '../../nn/torch/init.ts';
import type { TrainableSeq2SeqConfig } from '../models/trainable-seq2seq.ts';
import { HuggingFaceTensors, type InitialTensor } from './huggingface-tensors.ts';

/** The tensors of an encoder–decoder, as Hugging Face's class with a language modelling head saves them. */
export function seq2SeqTensors(
  config: TrainableSeq2SeqConfig,
  reader: ConfigReader,
): readonly InitialTensor[] {
  if (config.modelType === 'bart' || config.modelType === 'marian') return bartTensors(config, reader);
  return t5Tensors(config, reader.number('initializer_factor', 1));
}

/**
 * Mesh TensorFlow's initialisation: normal distributions whose standard deviations, times `initializer_factor`, are 1 for embeddings and an
 * untied head, (d_model · d_kv)^−½ for queries, so that scores need no scale, and fan-in^−½ for the others (`_init_weights` of
 * `T5PreTrainedModel`). https://github.com/huggingface/transformers/blob/main/src/transformers/models/t5/modeling_t5.py
 */
function t5Tensors(config: T5Config, factor: number): readonly InitialTensor[] {
  const { hiddenSize, vocabSize, headDim = 64, relativeAttentionNumBuckets } = config;
  const list = new HuggingFaceTensors(factor);
  const linear = (name: string, inFeatures: number, outFeatures: number, std = inFeatures ** -0.5) =>
    list.linear(name, inFeatures, outFeatures, { bias: false, std: factor * std });
  const norm = (name: string) => list.add(`${name}.weight`, [hiddenSize], filled(factor));
  list.embedding('shared', vocabSize, hiddenSize);
  for (const side of ['encoder', 'decoder'] as const) {
    const { numLayers, numAttentionHeads, intermediateSize } = config[side];
    const inner = numAttentionHeads * headDim;
    const attention = (name: string) => {
      linear(`${name}.q`, hiddenSize, inner, (hiddenSize * headDim) ** -0.5);
      linear(`${name}.k`, hiddenSize, inner);
      linear(`${name}.v`, hiddenSize, inner);
      linear(`${name}.o`, inner, hiddenSize);
    };
    for (let i = 0; i < numLayers; i++) {
      const layer = `${side}.block.${i}.layer`;
      attention(`${layer}.0.SelfAttention`);
      if (i === 0) {
        const table = [relativeAttentionNumBuckets, numAttentionHeads];
        const std = factor * hiddenSize ** -0.5;
        list.add(`${layer}.0.SelfAttention.relative_attention_bias.weight`, table, normal(std));
      }
      norm(`${layer}.0.layer_norm`);
      if (side === 'decoder') {
        attention(`${layer}.1.EncDecAttention`);
        norm(`${layer}.1.layer_norm`);
      }
      const last = `${layer}.${side === 'encoder' ? 1 : 2}`;
      for (const part of config.gated ? ['wi_0', 'wi_1'] : ['wi']) {
        linear(`${last}.DenseReluDense.${part}`, hiddenSize, intermediateSize);
      }
      linear(`${last}.DenseReluDense.wo`, intermediateSize, hiddenSize);
      norm(`${last}.layer_norm`);
    }
    norm(`${side}.final_layer_norm`);
  }
  if (!config.tieWordEmbeddings) linear('lm_head', hiddenSize, vocabSize, 1);
  return list.tensors;
}

/**
 * Normally distributed weights with `init_std`, biases and padding embeddings 0 (`_init_weights` of `BartPreTrainedModel`; Marian's is the
 * same). Marian's sinusoidal positions are not among the tensors, as in its checkpoints.
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/bart/modeling_bart.py
 */
function bartTensors(config: BartConfig | MarianConfig, reader: ConfigReader): readonly InitialTensor[] {
  const { hiddenSize, vocabSize, padTokenId, maxPositionEmbeddings } = config;
  const list = new HuggingFaceTensors(reader.number('init_std', 0.02));
  const isBart = config.modelType === 'bart';
  if (isBart || config.shareEncoderDecoderEmbeddings) {
    list.embedding('model.shared', vocabSize, hiddenSize, padTokenId);
  } else {
    list.embedding('model.encoder.embed_tokens', config.sourceVocabSize, hiddenSize, padTokenId);
    list.embedding('model.decoder.embed_tokens', vocabSize, hiddenSize, padTokenId);
  }
  for (const side of ['encoder', 'decoder'] as const) {
    const { numLayers, intermediateSize } = config[side];
    const stack = `model.${side}`;
    if (isBart) {
      // Two unused rows before the first position.
      list.embedding(`${stack}.embed_positions`, maxPositionEmbeddings + 2, hiddenSize);
      list.layerNorm(`${stack}.layernorm_embedding`, hiddenSize);
    }
    const attention = (name: string) => {
      for (const part of ['q', 'k', 'v', 'out']) list.linear(`${name}.${part}_proj`, hiddenSize, hiddenSize);
      list.layerNorm(`${name}_layer_norm`, hiddenSize);
    };
    for (let i = 0; i < numLayers; i++) {
      const layer = `${stack}.layers.${i}`;
      attention(`${layer}.self_attn`);
      if (side === 'decoder') attention(`${layer}.encoder_attn`);
      list.linear(`${layer}.fc1`, hiddenSize, intermediateSize);
      list.linear(`${layer}.fc2`, intermediateSize, hiddenSize);
      list.layerNorm(`${layer}.final_layer_norm`, hiddenSize);
    }
  }
  list.add('final_logits_bias', [1, vocabSize], filled(0));
  if (!config.tieWordEmbeddings) list.linear('lm_head', hiddenSize, vocabSize, { bias: false });
  return list.tensors;
}
