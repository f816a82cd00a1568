// The separate entry point `@headwise/core/llama2c`; see gguf.ts.
export { openLlama2c } from './load/llama2c/open.ts';
export * from './weights/llama2c/index.ts';
