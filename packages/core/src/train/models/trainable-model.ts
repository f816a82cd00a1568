import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ConfigReader } from '../../models/config.ts';
import type { Decoder } from '../../models/decoders/decoder.ts';
import {
  type CoreDecoderConfig,
  decoderFromCheckpoint,
  parseDecoderConfig,
} from '../../models/decoders/registry.ts';
import { parseEncoderConfig } from '../../models/encoders/core-config.ts';
import type { Encoder } from '../../models/encoders/encoder.ts';
import { type EncoderConfig, encoderFromCheckpoint } from '../../models/encoders/registry.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { MODEL_TYPES, modelKindOf, modelTypeOf } from '../../models/model-types.ts';
import { withoutQuantization } from '../../models/quantization-config.ts';
import {
  parseRecurrentSeq2SeqConfig,
  type RecurrentNetwork,
  type RecurrentSeq2SeqConfig,
  recurrentSeq2SeqFromCheckpoint,
} from '../../models/recurrent/recurrent-seq2seq.ts';
import { type Seq2SeqConfig, seq2SeqFromCheckpoint } from '../../models/seq2seq/registry.ts';
import { withoutTiedCopies } from '../../models/tied-weights.ts';
import { ALL_WEIGHTS } from '../../nn/run/shard.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import {
  LOAD_TRAINABLE_OPTIONS,
  type LoadTrainableOptions,
  loadTrainable,
  type Trainable,
} from '../parameters/load-trainable.ts';
import { parseTrainableSeq2SeqConfig } from './trainable-seq2seq.ts';
import { markUntrained } from './untrained.ts';

/** An encoder to train: `model.forward` computes the last hidden state, `model.taskHead` the logits of a head. */
export interface TrainableEncoder extends Trainable<Encoder> {
  readonly kind: 'encoder';
  readonly config: EncoderConfig;
}

/** A decoder-only model to train: `model.forward` computes logits, with keys and values in a cache of `model.openCache(backend, …)`. */
export interface TrainableCausalLM extends Trainable<Decoder> {
  readonly kind: 'causalLM';
  readonly config: CoreDecoderConfig;
}

/** An encoder–decoder to train: `model.encodeSource` fills the cache of the cross-attention, `model.forward` computes logits. */
export interface TrainableSeq2SeqLM extends Trainable<Decoder> {
  readonly kind: 'seq2seqLM';
  readonly config: Seq2SeqConfig;
}

/** A recurrent encoder–decoder to train: `model.forced` computes the logits of given targets. */
export interface TrainableRecurrentSeq2Seq extends Trainable<RecurrentNetwork> {
  readonly kind: 'recurrentSeq2Seq';
  readonly config: RecurrentSeq2SeqConfig;
}

/** A model to train, with its parameters, on a backend that records; discriminated by `kind`. */
export type TrainableModel =
  | TrainableEncoder
  | TrainableCausalLM
  | TrainableSeq2SeqLM
  | TrainableRecurrentSeq2Seq;

/** Options of {@link openTrainable}. */
export interface OpenTrainableOptions extends LoadTrainableOptions {
  /** Encoders only: the task heads to load instead of those that config.json's `architectures` names. */
  readonly taskHeads?: readonly TaskHeadKind[];
}

/**
 * Opens a model for training from the contents of its config.json and its weights, under Hugging Face's names. Tensors that PyTorch does not
 * train (`final_logits_bias` of BART and Marian, sinusoidal positions of Marian and DistilBERT) are parameters with `trainable` false; embeddings of
 * padding tokens have no gradient from look-ups (`padding_idx`). Weights in 8 bits (`quantization_config`) are trained as floats.
 *
 * Rejects with `ConfigError` for an unsupported architecture and for invalid values, with `LoadError` for missing or unknown tensors, and with
 * `ShapeError` for tensors whose shape is not that of the configuration.
 */
export async function openTrainable(
  backend: Backend,
  configJson: unknown,
  weights: StateDict,
  options: OpenTrainableOptions = {},
): Promise<TrainableModel> {
  checkOptions('openTrainable', options, {
    ...LOAD_TRAINABLE_OPTIONS,
    taskHeads: 'list',
  } satisfies OptionNames<OpenTrainableOptions>);
  const model = withoutQuantization({ configJson, checkpoint: checkpointOf(weights) });
  const opened = await openKind(backend, model.configJson, model.checkpoint, options);
  markUntrained(opened.parameters, opened.config, new ConfigReader(configJson));
  return opened;
}

async function openKind(
  backend: Backend,
  configJson: unknown,
  weights: StateDict,
  { taskHeads, ...options }: OpenTrainableOptions,
): Promise<TrainableModel> {
  const kind = modelKindOf(configJson);
  if (kind !== 'encoder' && taskHeads) {
    throw new ConfigError('openTrainable: taskHeads is an option for encoders alone');
  }
  switch (kind) {
    case 'encoder': {
      const config = parseEncoderConfig(configJson, taskHeads);
      const trainable = await loadTrainable(
        backend,
        weights,
        (checkpoint, recording) => encoderFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
        options,
      );
      return { kind, config, ...trainable };
    }
    case 'causalLM': {
      const config = parseDecoderConfig(configJson);
      const trainable = await loadTrainable(
        backend,
        await withoutTiedCopies(config, checkpointOf(weights)),
        (checkpoint, recording) => decoderFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
        options,
      );
      return { kind, config, ...trainable };
    }
    case 'seq2seqLM': {
      const config = parseTrainableSeq2SeqConfig(configJson);
      const trainable = await loadTrainable(
        backend,
        await withoutTiedCopies(config, checkpointOf(weights)),
        (checkpoint, recording) => seq2SeqFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
        options,
      );
      return { kind, config, ...trainable };
    }
    case 'recurrentSeq2Seq': {
      const config = parseRecurrentSeq2SeqConfig(configJson);
      const trainable = await loadTrainable(
        backend,
        weights,
        (checkpoint, recording) => recurrentSeq2SeqFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
        options,
      );
      return { kind, config, ...trainable };
    }
    default: {
      const supported = Object.values(MODEL_TYPES).flat().join(', ');
      throw new ConfigError(
        `config.json: model_type must be one of ${supported}, got ${JSON.stringify(modelTypeOf(configJson))}`,
      );
    }
  }
}
