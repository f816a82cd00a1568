export type { Run } from './run.ts';
export { type Range, type Shard, share, WHOLE } from './shard.ts';
export { type Request, runSteps, runStepsAsync, type Steps } from './steps.ts';
