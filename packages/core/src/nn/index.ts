export type { Run } from './run.ts';
export { ALL_WEIGHTS, type Range, type Shard, share, type WeightPlan, WHOLE } from './shard.ts';
export { type Request, runSteps, runStepsAsync, type Steps } from './steps.ts';
