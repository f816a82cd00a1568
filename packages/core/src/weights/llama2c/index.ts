export { Llama2cCheckpoint } from './checkpoint.ts';
export type { Llama2cHeader } from './header.ts';
export type { Llama2cRule } from './rules.ts';
