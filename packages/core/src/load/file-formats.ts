// Formats of single-file models, whose code is imported on demand, together: most apps load no such files.

export { openGguf } from './gguf/open.ts';
export { openLlama2c } from './llama2c/open.ts';
