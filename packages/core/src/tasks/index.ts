export { type EmbedOptions, EncoderModel } from './encoder-model.ts';
export type { RunOptions, RunSequence } from './encoder-runs.ts';
export { cosineSimilarity } from './similarity.ts';
export type { AttentionMaps, Trace, TraceOptions } from './trace.ts';
