export type { TrainingExports } from './training/exports.ts';
export { compileTrainingKernel, loadTrainingKernel } from './training/load.ts';
