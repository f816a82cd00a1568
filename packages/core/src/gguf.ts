// An entry of its own, `@headwise/core/gguf`, so that only apps that look into GGUF files load what reads them. `loadCausalLM` needs none of it
// to be imported.
export { openGguf } from './load/gguf/open.ts';
export * from './weights/gguf/index.ts';
