import type { ConfigReader } from '../../models/config.ts';
import type { Gpt2Config } from '../../models/decoders/gpt2.ts';
import type { LlamaConfig } from '../../models/decoders/llama-family.ts';
import type { CoreDecoderConfig } from '../../models/decoders/registry.ts';
import { paddingRow } from '../models/untrained.ts';
import { HuggingFaceTensors, type InitialTensor } from './huggingface-tensors.ts';

/** The tensors of a decoder-only model, as Hugging Face's class with a language modelling head saves them. */
export function decoderTensors(config: CoreDecoderConfig, reader: ConfigReader): readonly InitialTensor[] {
  const range = reader.number('initializer_range', 0.02);
  return config.modelType === 'gpt2' ? gpt2Tensors(config, range) : llamaTensors(config, range, reader);
}

/**
 * Normally distributed weights with `initializer_range`; those of the layers that add to the residual stream (`c_proj`) are divided by √(2 ·
 * layers) (Radford et al. 2019, §2.3; `_init_weights` of `GPT2PreTrainedModel`).
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/gpt2/modeling_gpt2.py
 */
function gpt2Tensors(config: Gpt2Config, range: number): readonly InitialTensor[] {
  const { hiddenSize, vocabSize, intermediateSize, numHiddenLayers } = config;
  const list = new HuggingFaceTensors(range);
  const residualStd = range / Math.sqrt(2 * numHiddenLayers);
  list.embedding('transformer.wte', vocabSize, hiddenSize);
  list.embedding('transformer.wpe', config.contextLength, hiddenSize);
  for (let i = 0; i < numHiddenLayers; i++) {
    const layer = `transformer.h.${i}`;
    list.layerNorm(`${layer}.ln_1`, hiddenSize);
    list.conv1d(`${layer}.attn.c_attn`, hiddenSize, 3 * hiddenSize);
    list.conv1d(`${layer}.attn.c_proj`, hiddenSize, hiddenSize, residualStd);
    list.layerNorm(`${layer}.ln_2`, hiddenSize);
    list.conv1d(`${layer}.mlp.c_fc`, hiddenSize, intermediateSize);
    list.conv1d(`${layer}.mlp.c_proj`, intermediateSize, hiddenSize, residualStd);
  }
  list.layerNorm('transformer.ln_f', hiddenSize);
  if (!config.tieWordEmbeddings) list.linear('lm_head', hiddenSize, vocabSize, { bias: false });
  return list.tensors;
}

/**
 * Normally distributed weights with `initializer_range` (`_init_weights` of `LlamaPreTrainedModel`; Mistral's and Qwen's are the same).
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/modeling_llama.py
 */
function llamaTensors(config: LlamaConfig, range: number, reader: ConfigReader): readonly InitialTensor[] {
  const { hiddenSize, vocabSize, intermediateSize, numAttentionHeads, headDim, mlpBias } = config;
  const list = new HuggingFaceTensors(range);
  const queryWidth = numAttentionHeads * headDim;
  const keyWidth = config.numKeyValueHeads * headDim;
  const bias = config.attentionBias !== 'none';
  list.embedding('model.embed_tokens', vocabSize, hiddenSize, paddingRow(reader));
  for (let i = 0; i < config.numHiddenLayers; i++) {
    const layer = `model.layers.${i}`;
    list.linear(`${layer}.self_attn.q_proj`, hiddenSize, queryWidth, { bias });
    list.linear(`${layer}.self_attn.k_proj`, hiddenSize, keyWidth, { bias });
    list.linear(`${layer}.self_attn.v_proj`, hiddenSize, keyWidth, { bias });
    list.linear(`${layer}.self_attn.o_proj`, queryWidth, hiddenSize, {
      bias: config.attentionBias === 'all',
    });
    if (config.headNorms) {
      list.rmsNorm(`${layer}.self_attn.q_norm`, headDim);
      list.rmsNorm(`${layer}.self_attn.k_norm`, headDim);
    }
    list.linear(`${layer}.mlp.gate_proj`, hiddenSize, intermediateSize, { bias: mlpBias });
    list.linear(`${layer}.mlp.up_proj`, hiddenSize, intermediateSize, { bias: mlpBias });
    list.linear(`${layer}.mlp.down_proj`, intermediateSize, hiddenSize, { bias: mlpBias });
    list.rmsNorm(`${layer}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${layer}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!config.tieWordEmbeddings) list.linear('lm_head', hiddenSize, vocabSize, { bias: false });
  return list.tensors;
}
