import type { Backend } from '../../backend/backend.ts';
import { formatShape, sameShape } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import type { ScoreName } from '../../nn/attention/scores/load-score.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import { type Decoded, type DecodeRequest, decodeSteps } from '../../nn/seq2seq/decode.ts';
import { SequenceDecoder } from '../../nn/seq2seq/decoder.ts';
import { SequenceEncoder } from '../../nn/seq2seq/encoder.ts';
import { type Seq2SeqSizes, seq2SeqSizes } from '../../nn/seq2seq/options.ts';
import {
  type Forced,
  type ForcedRequest,
  forcedSteps,
  shiftedTargets,
} from '../../nn/seq2seq/teacher-forcing.ts';
import type { WeightSpecs } from '../../nn/torch/init.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { loadModelParts } from '../load-parts.ts';

/**
 * The configuration of a recurrent encoder–decoder with one tokenizer and one vocabulary for sources and targets: `Seq2Seq` of
 * `@headwise/core/nn` as a checkpoint. Structured-cloneable.
 */
export interface RecurrentSeq2SeqConfig {
  readonly modelType: 'recurrent_seq2seq';
  readonly vocabSize: number;
  /** `cell`: `rnn` (tanh), `lstm` or `gru`, the default. */
  readonly cell: 'rnn' | 'lstm' | 'gru';
  /** `attention`: the score of the decoder's attention; undefined (null in the file) if the decoder gets only the encoder's final state. */
  readonly attention: ScoreName | undefined;
  readonly embeddingDim: number;
  readonly hiddenSize: number;
  /** `num_layers`, by default 1. */
  readonly numLayers: number;
  /** `bidirectional`: of the encoder; by default false. */
  readonly bidirectional: boolean;
  /** The decoder's first input token. */
  readonly bosTokenId: number;
  /** The token that ends a target. */
  readonly eosTokenId: number;
  /** `max_length`: the default limit to generated tokens, end token included; by default 100. */
  readonly maxLength: number;
}

const CELLS = ['rnn', 'lstm', 'gru'] as const;
const SCORES: Readonly<Record<string, ScoreName>> = {
  additive: 'additive',
  dot: 'dot',
  general: 'general',
  concat: 'concat',
  scaled_dot: 'scaledDot',
};

/** Parses a config.json. Throws `ConfigError` for values that are missing or invalid. */
export function parseRecurrentSeq2SeqConfig(json: unknown): RecurrentSeq2SeqConfig {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  if (modelType !== 'recurrent_seq2seq') {
    throw new ConfigError(
      `config.json: model_type must be recurrent_seq2seq, got ${JSON.stringify(modelType)}`,
    );
  }
  const cell = reader.text('cell', 'gru');
  const attention = reader.has('attention') ? reader.text('attention') : undefined;
  const vocabSize = reader.size('vocab_size');
  return {
    modelType,
    vocabSize,
    cell: CELLS.find((one) => one === cell) ?? invalid('cell', CELLS, cell),
    attention: attention === undefined ? undefined : scoreOf(attention),
    embeddingDim: reader.size('embedding_dim'),
    hiddenSize: reader.size('hidden_size'),
    numLayers: reader.size('num_layers', 1),
    bidirectional: reader.flag('bidirectional', false),
    bosTokenId: tokenId(reader, 'bos_token_id', vocabSize),
    eosTokenId: tokenId(reader, 'eos_token_id', vocabSize),
    maxLength: reader.size('max_length', 100),
  };
}

function scoreOf(attention: string): ScoreName {
  const score = Object.hasOwn(SCORES, attention) ? SCORES[attention] : undefined;
  return score ?? invalid('attention', ['null', ...Object.keys(SCORES)], attention);
}

function invalid(name: string, supported: readonly string[], value: string): never {
  throw new ConfigError(
    `config.json: ${name} must be one of ${supported.join(', ')}, got ${JSON.stringify(value)}`,
  );
}

function tokenId(reader: ConfigReader, name: string, vocabSize: number): number {
  const id = reader.size(name, undefined, 0);
  if (id < vocabSize) return id;
  throw new ConfigError(`config.json: ${name} must be below vocab_size, ${vocabSize}, got ${id}`);
}

/** The sizes of the layers. */
export function recurrentSizes(config: RecurrentSeq2SeqConfig): Seq2SeqSizes {
  const { vocabSize, attention, modelType: _, maxLength: __, ...sizes } = config;
  return seq2SeqSizes({
    ...sizes,
    sourceVocabSize: vocabSize,
    targetVocabSize: vocabSize,
    ...(attention && { attention }),
  });
}

/** The weights by the names of `Seq2Seq`, with the initial values of PyTorch's layers. */
export function recurrentSpecs(sizes: Seq2SeqSizes): WeightSpecs {
  return { ...SequenceEncoder.specs(sizes), ...SequenceDecoder.specs(sizes) };
}

/** The layers of a recurrent encoder–decoder, with the steps that inference and training run. */
export class RecurrentNetwork {
  /** @internal */
  readonly sizes: Seq2SeqSizes;
  readonly #encoder: SequenceEncoder;
  readonly #decoder: SequenceDecoder;
  readonly #loader: WeightLoader;

  /** @internal */
  constructor(sizes: Seq2SeqSizes, encoder: SequenceEncoder, decoder: SequenceDecoder, loader: WeightLoader) {
    this.sizes = sizes;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#loader = loader;
  }

  /** Greedy decoding of the sources at `ctx.offsets`. @internal */
  decode(ctx: ForwardContext, request: Omit<DecodeRequest, 'bosTokenId' | 'eosTokenId'>): Steps<Decoded> {
    const { bosTokenId, eosTokenId } = this.sizes;
    return decodeSteps(ctx, this.#encoder, this.#decoder, { ...request, bosTokenId, eosTokenId });
  }

  /** Teacher forcing: the logits of all target tokens of the sources at `ctx.offsets`. @internal */
  forced(
    ctx: ForwardContext,
    {
      targets,
      ...request
    }: Omit<ForcedRequest, 'inputs'> & { readonly targets: readonly ArrayLike<number>[] },
  ): Steps<Forced> {
    const inputs = shiftedTargets(targets, this.sizes.bosTokenId);
    return forcedSteps(ctx, this.#encoder, this.#decoder, { ...request, inputs });
  }

  /** Releases the weights. Calling it again does nothing. */
  dispose(): void {
    this.#loader.release();
  }
}

/**
 * Loads the weights, with the names of `Seq2Seq`'s state dict. Throws `LoadError` for tensors that are missing or unknown, and `ShapeError` for tensors
 * of another shape than the configuration's, before anything of its sizes is allocated.
 */
export async function recurrentSeq2SeqFromCheckpoint(
  config: RecurrentSeq2SeqConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<RecurrentNetwork> {
  const sizes = recurrentSizes(config);
  checkShapes(sizes, checkpoint);
  const layout = { architecture: 'recurrent_seq2seq', ignoredTensors: [] };
  const { loader, parts } = await loadModelParts(layout, checkpoint, backend, plan, async (weights) => ({
    encoder: await SequenceEncoder.load(weights, sizes),
    decoder: await SequenceDecoder.load(weights, sizes),
  }));
  return new RecurrentNetwork(sizes, parts.encoder, parts.decoder, loader);
}

function checkShapes(sizes: Seq2SeqSizes, checkpoint: Checkpoint): void {
  // Each layer has tensors of its own: a number of layers that cannot be right is refused before their names are built.
  if (sizes.numLayers > checkpoint.names.length) {
    throw new ShapeError(
      `checkpoint: num_layers is ${sizes.numLayers}, but there are only ${checkpoint.names.length} tensors`,
    );
  }
  for (const [name, { shape: expected }] of Object.entries(recurrentSpecs(sizes))) {
    const { shape } = checkpoint.info(name);
    if (sameShape(shape, expected)) continue;
    throw new ShapeError(
      `checkpoint: ${name} must be ${formatShape(expected)} by the configuration, is ${formatShape(shape)}`,
    );
  }
}
