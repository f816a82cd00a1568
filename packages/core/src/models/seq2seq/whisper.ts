import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { DecoderBlockNames } from '../../nn/transformer/load-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import type { Decoder } from '../decoders/decoder.ts';
import { checkSupported } from '../supported-values.ts';
import { bartLayout } from './bart-family.ts';
import { readSeq2SeqTokens, type Seq2SeqSizes, type StackSizes } from './config.ts';
import type { Seq2SeqLayout, SideLayout } from './layout.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';
import { SoundInput } from './sound-input.ts';

/**
 * The configuration of a Whisper (Radford et al. 2022, https://arxiv.org/abs/2212.04356): pre-norm blocks, keys without biases, an encoder that reads
 * spectrograms, learned positions in the decoder. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/whisper/modeling_whisper.py
 */
export interface WhisperConfig extends Seq2SeqSizes {
  readonly modelType: 'whisper';
  /** Mel bins of a frame. */
  readonly numMelBins: number;
}

/** Parses a config.json. Defaults are those of Hugging Face's `WhisperConfig`. Throws `ConfigError` for invalid or unsupported values. */
export function parseWhisperConfig(json: unknown): WhisperConfig {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  if (modelType !== 'whisper') {
    throw new ConfigError(`config.json: model_type must be whisper, got ${JSON.stringify(modelType)}`);
  }
  checkSupported(reader, {
    is_encoder_decoder: [true],
    quantization_config: [],
    scale_embedding: [false],
    tie_word_embeddings: [true],
  });
  const hiddenSize = reader.size('d_model', 384);
  return {
    modelType,
    vocabSize: reader.size('vocab_size', 51_865),
    // A source has frames; its ids are 0.
    sourceVocabSize: 1,
    hiddenSize,
    encoder: readStack(reader, 'encoder', hiddenSize),
    decoder: readStack(reader, 'decoder', hiddenSize),
    headDim: undefined,
    hiddenAct: activationByName(reader.text('activation_function', 'gelu')),
    gated: false,
    normEps: 1e-5,
    sourceLength: reader.size('max_source_positions', 1500),
    contextLength: reader.size('max_target_positions', 448),
    tieWordEmbeddings: true,
    ...readSeq2SeqTokens(reader, { start: 50_257, pad: 50_256, bos: 50_256, eos: 50_256 }),
    numMelBins: reader.size('num_mel_bins', 80),
  };
}

function readStack(reader: ConfigReader, side: 'encoder' | 'decoder', hiddenSize: number): StackSizes {
  const numAttentionHeads = reader.size(`${side}_attention_heads`, 6);
  checkHeadSizes(hiddenSize, numAttentionHeads, { hidden: 'd_model', heads: `${side}_attention_heads` });
  return {
    numLayers: reader.size(`${side}_layers`, 4),
    numAttentionHeads,
    intermediateSize: reader.size(`${side}_ffn_dim`, 1536),
  };
}

/** Loads the weights of a Whisper, or a shard's slices of them, under Hugging Face's names. */
export function loadWhisper(
  config: WhisperConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Decoder> {
  return Seq2SeqStack.load(config, whisperLayout(config, checkpoint), checkpoint, backend, plan);
}

function whisperLayout(config: WhisperConfig, checkpoint: Checkpoint): Seq2SeqLayout {
  const { hiddenSize, numMelBins, sourceLength, contextLength } = config;
  const prefix = prefixOf(checkpoint, 'model.');
  const layout = bartLayout(
    { ...config, maxPositionEmbeddings: contextLength, scaleEmbedding: false },
    checkpoint,
    {
      architecture: 'Whisper',
      firstPosition: 0,
      logitsBias: false,
      normFirst: true,
      embeddingNorm: false,
      separateEmbeddings: false,
    },
  );
  return {
    ...layout,
    encoder: withoutKeyBiases(layout.encoder),
    decoder: withoutKeyBiases(layout.decoder),
    sourceInput: (loader) =>
      SoundInput.load(loader, {
        bins: numMelBins,
        hiddenSize,
        positions: sourceLength,
        prefix: `${prefix}encoder.`,
      }),
    // The head is the token embeddings, in checkpoints that name it too.
    ignoredTensors: [...layout.ignoredTensors, /^proj_out\.weight$/],
  };
}

function withoutKeyBiases(side: SideLayout): SideLayout {
  return {
    ...side,
    block: (index): DecoderBlockNames => {
      const names = side.block(index);
      const keyless = (attention: DecoderBlockNames['attention']) => ({
        ...attention,
        key: { weight: `${String(attention.key)}.weight` },
      });
      return {
        ...names,
        attention: keyless(names.attention),
        crossAttention: keyless(names.crossAttention),
      };
    },
  };
}
