export type { Console } from './console.ts';
export { run } from './run.ts';
