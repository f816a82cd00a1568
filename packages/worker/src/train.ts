// `@headwise/worker/train`: training in workers.
export { WorkerError, type WorkerFault } from './errors.ts';
export type { WorkerThread } from './platform/types.ts';
export { type SetUp, serveTraining, type WorkerTrainerOptions } from './train/serve-training.ts';
export type { WorkerCheckpointOptions } from './train/snapshots.ts';
export { type StartTrainingOptions, startTraining, type TrainingRun } from './train/start-training.ts';
