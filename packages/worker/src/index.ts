export { QueueFullError } from '@headwise/core';
export type { SplitStrategy } from './coordinator/parallel-engine.ts';
export { portEndpoint, type ShardEndpoint } from './endpoint.ts';
export { WorkerError, type WorkerFault } from './errors.ts';
export {
  loadCausalLM,
  loadSeq2SeqLM,
  type ParallelGeneratorOptions,
  startDecoderEngine,
} from './load-generator.ts';
export { loadEncoder, type ParallelModel, type ParallelOptions } from './load-model.ts';
export type { WorkerOptions } from './options.ts';
export type { GeneratorPlan, Transport } from './protocol.ts';
