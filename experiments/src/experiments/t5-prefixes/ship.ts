import { percent } from '../../lab/blocks.ts';
import type { Lab } from '../../lab/lab.ts';
import type { ModelCard, ShippedModel } from '../../shipping/ship.ts';
import { ALL, loadTask, type T5Result } from './run.ts';
import { settings, t5Config, trainedWeights } from './train.ts';

export async function shipped(result: T5Result, lab: Lab): Promise<ShippedModel[]> {
  const task = await loadTask(lab);
  return [
    {
      name: 't5-mini',
      config: t5Config(task.tokenizer.vocabSize),
      files: task.files,
      weights: await trainedWeights(lab, ALL),
      card: card(result, lab.seed),
    },
  ];
}

function card({ parameters, sizes, exact, tasks, examples }: T5Result, seed: number): ModelCard {
  const { layers, width, heads } = settings;
  const calls = examples
    .map(({ source, output }) => `console.log(await ask('${source}')); // ${output}`)
    .join('\n');
  return {
    summary: `Seven tasks on simple sentences by their prefix: translation between English and Korean, past tense, negation, question, polite and casual speech. A T5 of ${parameters.toLocaleString('en')} parameters: ${layers} layers in encoder and decoder, ${width} wide, ${heads} heads.`,
    languages: ['en', 'ko'],
    task: 'text2text-generation',
    dataLicense: 'MIT',
    data: `${sizes.train.toLocaleString('en')} sentences of a grammar of about 150 words, made by this repository (MIT).`,
    command: 'npm run experiment -- t5-prefixes',
    seed,
    figures: `Outputs that are equal to their target, of ${sizes.test.toLocaleString('en')} sentences with combinations of words that are not trained on: ${percent(exact)} %. One seed.

| prefix | right, % |
| --- | ---: |
${tasks.map(({ task, all }) => `| \`${task}\` | ${percent(all)} |`).join('\n')}`,
    limits: [
      'The words and the sentences of the grammar alone: other words are guessed at, or left out where they have unknown letters.',
      'Without a prefix, or with another one, it does one of the seven tasks or mixes them.',
    ],
    example: `import { loadSeq2SeqLM } from '@headwise/core';
import { modelSource } from '@headwise/models';

const model = await loadSeq2SeqLM(await modelSource('t5-mini'));
const ask = async (source: string) => (await model.generate(source)).text;
${calls}`,
  };
}
