/**
 * The entry `@headwise/worker`: models whose heads are spread over workers.
 *
 * @module index
 */
export { QueueFullError } from '@headwise/core';
export type { SplitStrategy, WorkerSpan } from './coordinator/shards-options.ts';
export { portEndpoint, type ShardEndpoint } from './endpoint.ts';
export { WorkerError, type WorkerFault } from './errors.ts';
export { loadEncoder, type ParallelEncoderOptions } from './load/load-encoder.ts';
export {
  loadCausalLM,
  loadSeq2SeqLM,
  type ParallelGeneratorOptions,
  startDecoderEngine,
} from './load/load-generator.ts';
export { loadModel, type ParallelModelOptions } from './load/load-model.ts';
export type { WorkerOptions } from './load/options.ts';
export type { GeneratorPlan, SpanPart, Transport } from './protocol.ts';
