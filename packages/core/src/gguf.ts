// The separate entry point `@headwise/core/gguf`: only apps that inspect GGUF files bundle the reader. `loadCausalLM` imports it on demand.
export { openGguf } from './load/gguf/open.ts';
export * from './weights/gguf/index.ts';
