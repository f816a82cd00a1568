import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeSafetensors } from '@headwise/core';
import { quantizeStateDict } from '@headwise/core/train';
import { safetensorsOf, singlePrecision, type Weights } from './weights.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'packages', 'models', 'models');

/** What a model card says. Texts are Markdown. */
export interface ModelCard {
  /** One sentence: what the model does, and its architecture with sizes. */
  readonly summary: string;
  readonly languages: readonly string[];
  /** By the names of the hub's tasks (`pipeline_tag`), such as `translation`. */
  readonly task: string;
  /** SPDX names of the licences of the data. */
  readonly dataLicense: string;
  /** What it was trained on, with the licences of the data. */
  readonly data: string;
  /** The command that trains it again: `npm run experiment -- NAME`. */
  readonly command: string;
  readonly seed: number;
  /** Scores on the test part, with what they are measured on: a table or a list. */
  readonly figures: string;
  /** What it cannot do. */
  readonly limits: readonly string[];
  /** A program in TypeScript that prints something, with what it prints in comments at the ends of lines. Tests run it. */
  readonly example: string;
}

/** A model for the package `@headwise/models`. */
export interface ShippedModel {
  readonly name: string;
  /** Contents of config.json and of further JSON files by name, such as tokenizer.json and generation_config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, unknown>>;
  readonly weights: Weights;
  /** Type of the weights in the file. `I8`: matrices in 8 bits with a scale for each output feature, other tensors in 32. Default: `F16`. */
  readonly dtype?: 'F16' | 'I8';
  readonly card: ModelCard;
}

/** Writes a model's folder in `@headwise/models`. */
export function ship({ name, config, files, weights, dtype = 'F16', card }: ShippedModel): void {
  const folder = join(MODELS, name);
  const stored = dtype === 'I8' ? inEightBits(weights) : inHalfPrecision(weights);
  const json = { ...files, 'config.json': { ...config, ...stored.config } };
  for (const [file, contents] of Object.entries(json)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${JSON.stringify(contents, null, 1)}\n`);
  }
  writeFileSync(join(folder, 'model.safetensors'), stored.file);
  writeFileSync(join(folder, 'README.md'), cardText(name, card));
}

/** Contents of model.safetensors, and what config.json says of it. */
export interface StoredWeights {
  readonly file: Uint8Array;
  readonly config: Readonly<Record<string, unknown>>;
}

const inHalfPrecision = (weights: Weights): StoredWeights => ({
  file: safetensorsOf(weights, 'F16'),
  config: { torch_dtype: 'float16' },
});

/** Matrices in 8 bits. */
export function inEightBits(weights: Weights): StoredWeights {
  const { tensors, quantizationConfig } = quantizeStateDict(singlePrecision(weights));
  return {
    file: writeSafetensors(tensors, [['format', 'pt']]),
    config: { torch_dtype: 'float32', quantization_config: quantizationConfig },
  };
}

/** README.md, in the form that `@headwise/models` expects: see its README. */
function cardText(name: string, card: ModelCard): string {
  return `---
license: mit
data_license: ${card.dataLicense}
language: [${card.languages.join(', ')}]
pipeline_tag: ${card.task}
library_name: headwise
command: ${card.command}
seed: ${card.seed}
---

# ${name}

${card.summary}

## Example

\`\`\`ts
${card.example.trim()}
\`\`\`

## Data

${card.data}

## Training

\`\`\`sh
${card.command}
\`\`\`

trains it again, with seed ${card.seed}.

## Results

${card.figures}

## Limits

${card.limits.map((limit) => `- ${limit}`).join('\n')}
`;
}
