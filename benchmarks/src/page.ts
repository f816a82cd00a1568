// `@headwise/benchmarks/page`: what the playground's Benchmark shares with the benchmarks. Works in browsers.
export { bertConfigs, bertFlops, bertShapes } from './cases/bert.ts';
export { attentionWork } from './cases/make.ts';
export { textOf } from './cases/text.ts';
export { type EncoderWork, type OperationWork, operationWork } from './cases/work.ts';
export { prepareEmbeddings } from './engines/embeddings.ts';
export type { Engine, Prepared } from './engines/engine.ts';
export { prepareOperation } from './engines/operations.ts';
export type { PeerName, Platform } from './engines/platform.ts';
export { formatError, formatMs, formatRate, formatRatio } from './report/format.ts';
export { fullTable } from './report/table.ts';
export {
  type BackendName,
  type Dtype,
  type Machine,
  parseReport,
  type Report,
  type Row,
  withRatios,
} from './row.ts';
export { encoderTolerance, operationTolerance, workersTolerance } from './run/check.ts';
export { type Gate, messageOf, passGate } from './run/gate.ts';
export { type LaneResult, type RaceOptions, race } from './run/race.ts';
export { summarize } from './run/statistics.ts';
