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
 * Loads a decoder (GPT-2, Llama, Mistral, Qwen2, Qwen3 and models of the same architectures) into workers. Each worker holds the weights of its
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
  const shardsOptionsFor = readWorkerOptions('loadCausalLM', options);
  const { configJson, tokenizer, checkpoint, finish, ...settings } = await openGenerator(source, options);
  const config = parseDecoderConfig(configJson);
  const plan = { kind: 'decoder', config } as const;
  const shardsOptions = shardsOptionsFor(headCountOf(plan));
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
  finish();
  return new CausalLM(config, tokenizer, engine, settings);
}

/** Loads an encoder–decoder (T5, Flan-T5, mT5, BART, Marian) into workers. See {@link loadCausalLM}. */
export async function loadSeq2SeqLM(
  source: ModelSource,
  options: ParallelGeneratorOptions = {},
): Promise<Seq2SeqLM> {
  const shardsOptionsFor = readWorkerOptions('loadSeq2SeqLM', options);
  const { configJson, tokenizer, checkpoint, defaults, finish } = await openGenerator(source, options);
  const config = parseSeq2SeqConfig(configJson);
  const plan = { kind: 'seq2seq', config } as const;
  const shardsOptions = shardsOptionsFor(headCountOf(plan));
  const engine = await ShardedDecoderEngine.start(plan, checkpoint, shardsOptions, options.signal);
  finish();
  return new Seq2SeqLM(config, tokenizer, engine, { defaults });
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
  const shardsOptionsFor = readWorkerOptions('startDecoderEngine', options);
  return ShardedDecoderEngine.start(plan, checkpoint, shardsOptionsFor(headCountOf(plan)), options.signal);
}

/** Attention heads of the decoder: the largest useful number of workers. */
function headCountOf({ kind, config }: GeneratorPlan): number {
  return kind === 'decoder' ? config.numAttentionHeads : config.decoder.numAttentionHeads;
}
