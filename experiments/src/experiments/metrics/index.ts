export { metricsExperiment } from './experiment.ts';
