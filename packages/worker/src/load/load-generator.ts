import {
  CausalLM,
  type Checkpoint,
  type ModelSource,
  type OpenGeneratorOptions,
  Seq2SeqLM,
} from '@headwise/core';
import {
  cancelOnFailure,
  checkOptions,
  type DecoderEngine,
  type ModelRepository,
  OPEN_GENERATOR_OPTIONS,
  openGenerator,
  parseSeq2SeqConfig,
  readDecoderConfig,
  type SingleFileModel,
  withoutTiedCopies,
} from '@headwise/core/internal';
import { ShardedDecoderEngine } from '../coordinator/sharded-decoder.ts';
import type { GeneratorPlan } from '../protocol.ts';
import { readWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './options.ts';

/** Options of {@link loadCausalLM} and {@link loadSeq2SeqLM}. */
export interface ParallelGeneratorOptions extends OpenGeneratorOptions, WorkerOptions {}

/**
 * Loads a decoder (see `MODEL_TYPES.causalLM` of core) into workers. Each worker holds the weights of its
 * attention heads, its feed-forward units and its rows of the vocabulary, and the key-value cache of its heads. The model has the
 * interface of core's and generates the same tokens.
 *
 * Rejects as core's `loadCausalLM` does, and with `WorkerError` when a worker cannot be started. When a worker fails later, the running call
 * rejects with `WorkerError`, and the worker is replaced; lost keys and values are recomputed when a later call needs them.
 */
export async function loadCausalLM(
  source: ModelSource,
  options: ParallelGeneratorOptions = {},
): Promise<CausalLM> {
  checkOptions('loadCausalLM', options, OPEN_GENERATOR_OPTIONS, WORKER_OPTIONS);
  return cancelOnFailure(options, (options) => loadCausalLMFrom('loadCausalLM', source, options));
}

/** {@link loadCausalLM} as part of the function `task`, which may have opened the files already. */
export async function loadCausalLMFrom(
  task: string,
  source: ModelSource,
  options: ParallelGeneratorOptions,
  opened?: ModelRepository | SingleFileModel,
): Promise<CausalLM> {
  const shardsOptionsFor = readWorkerOptions(task, options);
  const files = await openGenerator(task, 'causalLM', source, options, opened);
  const { configJson, tokenizer, checkpoint: stored, finish, ...settings } = files;
  const config = await readDecoderConfig(configJson);
  const checkpoint = await withoutTiedCopies(config, stored);
  const plan = { kind: 'decoder', config } as const;
  const shardsOptions = shardsOptionsFor(headCountOf(plan), { config, checkpoint });
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
  finish();
  return new CausalLM(config, tokenizer, engine, settings);
}

/** Loads an encoder–decoder (T5, Flan-T5, mT5, UMT5, BART, Marian, mBART, M2M100, NLLB, Pegasus) into workers. See {@link loadCausalLM}. */
export async function loadSeq2SeqLM(
  source: ModelSource,
  options: ParallelGeneratorOptions = {},
): Promise<Seq2SeqLM> {
  checkOptions('loadSeq2SeqLM', options, OPEN_GENERATOR_OPTIONS, WORKER_OPTIONS);
  return cancelOnFailure(options, (options) => loadSeq2SeqLMFrom('loadSeq2SeqLM', source, options));
}

/** {@link loadSeq2SeqLM} as part of the function `task`, which may have opened the repository already. */
export async function loadSeq2SeqLMFrom(
  task: string,
  source: ModelSource,
  options: ParallelGeneratorOptions,
  repository?: ModelRepository,
): Promise<Seq2SeqLM> {
  const shardsOptionsFor = readWorkerOptions(task, options);
  const files = await openGenerator(task, 'seq2seqLM', source, options, repository);
  const { configJson, tokenizer, defaults, tokenizerConfigJson, finish } = files;
  const config = parseSeq2SeqConfig(configJson);
  const checkpoint = await withoutTiedCopies(config, files.checkpoint);
  const plan = { kind: 'seq2seq', config } as const;
  const shardsOptions = shardsOptionsFor(headCountOf(plan), { config, checkpoint });
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
  finish();
  return new Seq2SeqLM(config, tokenizer, engine, { defaults, tokenizerConfigJson });
}

/**
 * Starts the engine under {@link loadCausalLM} and {@link loadSeq2SeqLM} without a tokenizer: sessions that take token ids and return logits.
 * Tensors of the checkpoint have Hugging Face's names.
 */
export async function startDecoderEngine(
  plan: GeneratorPlan,
  checkpoint: Checkpoint,
  options: WorkerOptions & { signal?: AbortSignal } = {},
): Promise<DecoderEngine> {
  checkOptions('startDecoderEngine', options, WORKER_OPTIONS, { signal: 'signal' });
  const shardsOptionsFor = readWorkerOptions('startDecoderEngine', options);
  const shardsOptions = shardsOptionsFor(headCountOf(plan), { config: plan.config, checkpoint });
  return ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
}

/** Attention heads of the decoder: the largest useful number of workers. */
function headCountOf({ kind, config }: GeneratorPlan): number {
  return kind === 'decoder' ? config.numAttentionHeads : config.decoder.numAttentionHeads;
}
