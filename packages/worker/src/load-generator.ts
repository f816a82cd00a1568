import {
  CausalLM,
  type Checkpoint,
  type DecoderEngine,
  type ModelSource,
  type OpenGeneratorOptions,
  openGenerator,
  parseDecoderConfig,
  parseSeq2SeqConfig,
  Seq2SeqLM,
} from '@headwise/core';
import { ShardedDecoderEngine } from './coordinator/sharded-decoder.ts';
import { readWorkerOptions, type WorkerOptions } from './options.ts';
import type { GeneratorPlan } from './protocol.ts';

export interface ParallelGeneratorOptions extends OpenGeneratorOptions, WorkerOptions {}

/**
 * Loads a decoder into workers: GPT-2, Llama, Mistral, Qwen2, Qwen3 and what is built alike. Each worker has the weights of its own heads,
 * feed-forward units and share of the vocabulary, and keeps the keys and values of its own heads. The model is core's: the same methods,
 * and the same tokens.
 *
 * Rejects as core's `loadCausalLM` does, and with `WorkerError` if a worker can't be started. A worker that fails later rejects the call
 * that is running with a `WorkerError`, and is replaced; what had been read is read again when it is needed.
 */
export async function loadCausalLM(
  source: ModelSource,
  options: ParallelGeneratorOptions = {},
): Promise<CausalLM> {
  const workersFor = readWorkerOptions('loadCausalLM', options);
  const { configJson, tokenizer, checkpoint, finish, ...settings } = await openGenerator(source, options);
  const config = parseDecoderConfig(configJson);
  const plan = { kind: 'decoder', config } as const;
  const workers = workersFor(headsOf(plan));
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, workers, options.signal);
  finish();
  return new CausalLM(config, tokenizer, engine, settings);
}

/** Loads an encoder–decoder into workers: T5, Flan-T5, mT5, BART, Marian. See {@link loadCausalLM}. */
export async function loadSeq2SeqLM(
  source: ModelSource,
  options: ParallelGeneratorOptions = {},
): Promise<Seq2SeqLM> {
  const workersFor = readWorkerOptions('loadSeq2SeqLM', options);
  const { configJson, tokenizer, checkpoint, defaults, finish } = await openGenerator(source, options);
  const config = parseSeq2SeqConfig(configJson);
  const plan = { kind: 'seq2seq', config } as const;
  const workers = workersFor(headsOf(plan));
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, workers, options.signal);
  finish();
  return new Seq2SeqLM(config, tokenizer, engine, { defaults });
}

/**
 * Starts the engine below these models: for tasks of your own, made of sessions that read tokens and give logits. The checkpoint has Hugging
 * Face's names.
 */
export async function startDecoderEngine(
  plan: GeneratorPlan,
  checkpoint: Checkpoint,
  options: WorkerOptions & { signal?: AbortSignal } = {},
): Promise<DecoderEngine> {
  const workersFor = readWorkerOptions('startDecoderEngine', options);
  return ShardedDecoderEngine.start(plan, checkpoint, workersFor(headsOf(plan)), options.signal);
}

/** More workers than this would have no heads. */
function headsOf({ kind, config }: GeneratorPlan): number {
  return kind === 'decoder' ? config.numAttentionHeads : config.decoder.numAttentionHeads;
}
