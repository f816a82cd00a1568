import { fillMask, loadEncoder, nextSentence } from '@headwise/core';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import { repositoryOf } from '../../shipping/repository.ts';
import type { ShippedModel } from '../../shipping/ship.ts';
import { parseWeights, safetensorsOf, type Weights } from '../../shipping/weights.ts';
import type { BertConfigJson } from './pretraining.ts';
import { cardTable, transferAt } from './report.ts';
import type { BertTransferResult } from './result.ts';

const NAME = 'bert-mini';

/** `bert-mini`, with what its example prints. */
export async function shippedModel(
  result: BertTransferResult,
  seed: number,
  config: BertConfigJson,
  files: TaskTokenizer['files'],
  file: Uint8Array,
): Promise<ShippedModel> {
  const weights = parseWeights(file);
  const { parameters } = result.preTraining;
  return {
    name: NAME,
    config,
    files,
    weights,
    card: {
      summary: `A BERT of ${config.num_hidden_layers} layers, ${config.hidden_size} wide, with ${parameters.toLocaleString('en')} parameters, pre-trained by masked words and next sentences in English and Korean. It fills in masked words, tells whether a sentence follows another, and is to be fine-tuned.`,
      languages: ['en', 'ko'],
      task: 'fill-mask',
      dataLicense: 'MIT AND Apache-2.0 AND Unicode-3.0',
      data: `Sentences of a grammar, made here (MIT): questions with their answers, sentences with their translations. Interface messages and names in English and Korean with their translations (MIT, Apache-2.0, Unicode-3.0). ${result.preTraining.examples.toLocaleString('en')} pairs, ${(result.preTraining.tokens / 1e6).toFixed(1)} million tokens.`,
      command: 'npm run experiment -- bert-transfer',
      seed,
      figures: cardTable(result),
      limits: [
        'It reads 64 tokens, in lower case.',
        'Its language is that of the sources: simple sentences, messages of programs, names of emoji and places. It knows nothing else.',
        `With few examples, counting tokens is a rival: on the domains of English texts with 100 examples naive Bayes reaches ${transferAt(result, 'domains-en', 100, 'naive Bayes')}, the fine-tuned model ${transferAt(result, 'domains-en', 100, 'pre-trained')}.`,
      ],
      example: await example(config, files, weights),
    },
  };
}

async function example(
  config: BertConfigJson,
  files: TaskTokenizer['files'],
  weights: Weights,
): Promise<string> {
  const model = await loadEncoder(
    repositoryOf({ ...files, 'config.json': config }, safetensorsOf(weights, 'F16')),
  );
  const [mask] = await fillMask(model, 'The child [MASK] an apple');
  const word = mask!.candidates[0]!.text;
  const question = 'What did the child eat?';
  const follows = await nextSentence(model, question, 'The child ate an apple');
  const unrelated = await nextSentence(model, question, 'He went to the bank');
  await model.dispose();
  return `import { fillMask, loadModel, nextSentence } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadModel(await modelSource('${NAME}'));
if (model.kind === 'encoder') {
  const [mask] = await fillMask(model, 'The child [MASK] an apple');
  console.log(mask?.candidates[0]?.text); // ${word}
  const question = '${question}';
  console.log((await nextSentence(model, question, 'The child ate an apple')) > 0.5); // ${follows > 0.5}
  console.log((await nextSentence(model, question, 'He went to the bank')) > 0.5); // ${unrelated > 0.5}
}
await model.dispose();`;
}
