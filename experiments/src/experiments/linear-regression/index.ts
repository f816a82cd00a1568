export { linearRegression } from './experiment.ts';
