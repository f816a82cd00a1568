export { WorkerError } from './errors.ts';
export { loadModel, type ParallelModel, type ParallelOptions } from './load-model.ts';
