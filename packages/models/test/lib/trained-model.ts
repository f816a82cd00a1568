import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackend, Tokenizer, writeSafetensors } from '@headwise/core';
import {
  createModel,
  quantizeStateDict,
  recurrentSeq2SeqModelling,
  type TrainableRecurrentSeq2Seq,
  Trainer,
} from '@headwise/core/train';

const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'];
const LETTERS = [...'abcde'];

/** A tokenizer of the letters a to e, which ends texts with `</s>`. */
function letters() {
  const single = [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }];
  return {
    version: '1.0',
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...SPECIAL, ...LETTERS].map((token, id) => [token, id])),
      merges: [],
      unk_token: '<unk>',
      fuse_unk: false,
    },
    added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: single,
      special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
    },
    decoder: { type: 'Fuse' },
  };
}

const CARD = `---
license: mit
data_license: MIT (made by the test)
language: en
pipeline_tag: text2text-generation
library_name: headwise
command: npm run experiment -- reversal --seed 1
seed: 1
---

# reversal

Writes strings of the letters a to e backwards.

## Data

Random strings of two or three letters.

## Training

A GRU with additive attention, a few seconds.

## Results

At least 9 of 10 strings.

## Limits

Longer strings, and all other letters.

## Example

\`\`\`ts
import { loadModel } from '@headwise/core';

const model = await loadModel(DIRECTORY);
if (model.kind !== 'recurrentSeq2Seq') throw new Error(model.kind);
console.log((await model.generate('abc')).text); // cba
\`\`\`
`;

/** Trains a model that reverses strings, in seconds, and writes it to a directory as the package has its models, in 8 bits. */
export async function writeReversalModel(directory: string): Promise<void> {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson: letters() });
  const config = {
    model_type: 'recurrent_seq2seq',
    vocab_size: tokenizer.vocabSize,
    attention: 'additive',
    embedding_dim: 24,
    hidden_size: 32,
    bidirectional: true,
    bos_token_id: 1,
    eos_token_id: 2,
    max_length: 8,
  };
  const backend = await createBackend('wasm-simd');
  const trainable = (await createModel(config, { seed: 1, backend })) as TrainableRecurrentSeq2Seq;
  const trainer = new Trainer({
    trainable,
    objective: recurrentSeq2SeqModelling(),
    trainExamples: strings().map((text) => ({
      ids: tokenizer.encode(text).ids,
      labels: tokenizer.encode([...text].reverse().join('')).ids,
    })),
    maxSteps: 120,
    batchSize: 30,
    learningRate: 0.01,
  });
  await trainer.train();
  const { tensors, quantizationConfig } = quantizeStateDict(trainable.parameters.stateDict());
  mkdirSync(directory, { recursive: true });
  const write = (file: string, content: string | Uint8Array) => writeFileSync(join(directory, file), content);
  write('config.json', JSON.stringify({ ...config, quantization_config: quantizationConfig }));
  write('tokenizer.json', JSON.stringify(letters()));
  write(
    'tokenizer_config.json',
    JSON.stringify({ eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' }),
  );
  write('model.safetensors', writeSafetensors(tensors));
  write('README.md', CARD.replace('DIRECTORY', JSON.stringify(directory)));
}

/** All strings of two or three letters. */
function strings(): string[] {
  const two = LETTERS.flatMap((a) => LETTERS.map((b) => a + b));
  return [...two, ...two.flatMap((text) => LETTERS.map((letter) => text + letter))];
}
