import type { Backend } from '../../backend/backend.ts';
import { createBackend } from '../../backend/create.ts';
import { ConfigError } from '../../errors.ts';
import { ConfigReader } from '../../models/config.ts';
import { parseDecoderConfig } from '../../models/decoders/registry.ts';
import { parseEncoderConfig } from '../../models/encoders/core-config.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { MODEL_TYPES, modelKindOf, modelTypeOf } from '../../models/model-types.ts';
import {
  parseRecurrentSeq2SeqConfig,
  recurrentSizes,
  recurrentSpecs,
} from '../../models/recurrent/recurrent-seq2seq.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { openTrainable, type TrainableModel } from '../models/trainable-model.ts';
import { parseTrainableSeq2SeqConfig } from '../models/trainable-seq2seq.ts';
import { decoderTensors } from './decoders.ts';
import { encoderTensors } from './encoders.ts';
import type { InitialTensor } from './huggingface-tensors.ts';
import { InitialCheckpoint, type SeedOptions } from './initial-checkpoint.ts';
import { seq2SeqTensors } from './seq2seq.ts';

/** Options of {@link createStateDict}. */
export interface CreateStateDictOptions extends SeedOptions {
  /** Encoders only: the task heads instead of those that the configuration's `architectures` names. */
  readonly taskHeads?: readonly TaskHeadKind[];
}

/** What {@link CreateStateDictOptions} has. */
export const CREATE_OPTIONS = {
  seed: 'numeric',
  taskHeads: 'list',
} satisfies OptionNames<CreateStateDictOptions>;

/** Options of {@link createModel}. */
export interface CreateModelOptions extends CreateStateDictOptions {
  /** Default: that of `createBackend()`. */
  readonly backend?: Backend;
}

/**
 * Creates a model with random weights, to train it from the beginning. `configJson` is the contents of a config.json of BERT,
 * DistilBERT, RoBERTa, ELECTRA, T5, mT5, BART, Marian, a decoder or a recurrent encoder–decoder; values that it does not have are the defaults of Hugging Face's configuration classes.
 *
 * The distributions are those of Hugging Face's classes (`_init_weights`), with the configuration's `initializer_range`, `initializer_factor` or
 * `init_std`; those of recurrent models are PyTorch's. Each tensor has random numbers of its own, from the seed and its name: the same seed gives the same model.
 *
 * ```ts
 * const { model, parameters, backend } = await createModel({ model_type: 'gpt2', n_layer: 2, n_head: 2, n_embd: 64, vocab_size: 256 });
 * ```
 *
 * Rejects with `ConfigError` for an unsupported architecture and for invalid values.
 */
export async function createModel(
  configJson: unknown,
  options: CreateModelOptions = {},
): Promise<TrainableModel> {
  checkOptions('createModel', options, {
    ...CREATE_OPTIONS,
    backend: 'object',
  } satisfies OptionNames<CreateModelOptions>);
  const { backend, taskHeads } = options;
  const checkpoint = initialCheckpoint(configJson, options);
  return openTrainable(backend ?? (await createBackend()), configJson, checkpoint, {
    ...(taskHeads && { taskHeads }),
  });
}

/**
 * The weights of {@link createModel} by the names that Hugging Face's classes save them under, to be written to a file or loaded for
 * inference. Tied weights are there once.
 */
export function createStateDict(
  configJson: unknown,
  options: CreateStateDictOptions = {},
): Map<string, FloatArray> {
  checkOptions('createStateDict', options, CREATE_OPTIONS);
  return initialCheckpoint(configJson, options).stateDict();
}

/** The weights of {@link createStateDict}, drawn when they are read. */
export function initialCheckpoint(configJson: unknown, options: CreateStateDictOptions): InitialCheckpoint {
  return new InitialCheckpoint(tensorsOf(configJson, options.taskHeads), options);
}

/** Those of `Seq2Seq`, with the distributions of PyTorch's layers. */
function recurrentTensors(configJson: unknown): readonly InitialTensor[] {
  const specs = recurrentSpecs(recurrentSizes(parseRecurrentSeq2SeqConfig(configJson)));
  return Object.entries(specs).map(([name, spec]) => ({ name, ...spec }));
}

function tensorsOf(
  configJson: unknown,
  taskHeads: readonly TaskHeadKind[] | undefined,
): readonly InitialTensor[] {
  const reader = new ConfigReader(configJson);
  const kind = modelKindOf(configJson);
  if (kind === 'encoder') return encoderTensors(parseEncoderConfig(configJson, taskHeads), reader);
  if (taskHeads) throw new ConfigError('createModel: taskHeads is an option for encoders alone');
  if (kind === 'causalLM') return decoderTensors(parseDecoderConfig(configJson), reader);
  if (kind === 'seq2seqLM') return seq2SeqTensors(parseTrainableSeq2SeqConfig(configJson), reader);
  if (kind === 'recurrentSeq2Seq') return recurrentTensors(configJson);
  throw new ConfigError(
    `config.json: model_type must be one of ${Object.values(MODEL_TYPES).flat().join(', ')}, got ${JSON.stringify(modelTypeOf(configJson))}`,
  );
}
