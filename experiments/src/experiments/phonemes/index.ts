import { readFileSync } from 'node:fs';
import { loadG2p } from '@headwise/core';
import type { Word } from '../../data/phonemes.ts';
import { heatmap, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Experiment, Language } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import type { PhonemeResult } from './result.ts';
import { type PhonemeScores, phonemeScores, phonemeScoresByLength } from './score.ts';
import { shipped } from './shipped.ts';
import { phonemeTask } from './task.ts';
import { TEXTS } from './texts.ts';
import {
  BINS,
  type EightBits,
  hasAttention,
  recipes,
  scoreInEightBits,
  type Trained,
  train,
} from './train.ts';

/** Scores of g2p_en; its stress marks are removed. */
async function scoreG2pEn(words: readonly Word[]): Promise<PhonemeResult['g2pEn']> {
  const file = new URL(import.meta.resolve('tiny-tts/g2p_model.json'));
  const bytes = readFileSync(file);
  const model = await loadG2p(new Map([['g2p_model.json', bytes]]));
  const tensors = Object.values(
    JSON.parse(bytes.toString()) as Record<string, { shape?: readonly number[] }>,
  );
  const parameters = tensors.reduce((sum, { shape }) => sum + (shape?.reduce((a, b) => a * b, 1) ?? 0), 0);
  const outputs: string[][] = [];
  for (let from = 0; from < words.length; from += 64) {
    const batch = words.slice(from, from + 64).map(({ spelling }) => spelling);
    for (const { phonemes } of model.run(batch))
      outputs.push(phonemes.map((phoneme) => phoneme.replace(/\d/, '')));
  }
  model.dispose();
  return {
    parameters,
    ...phonemeScores(words, outputs),
    byLength: phonemeScoresByLength(words, outputs, BINS),
  };
}

async function run(lab: Lab): Promise<PhonemeResult> {
  const task = await phonemeTask(lab.size(undefined, { train: 500, test: 50 }));
  const trained: Trained[] = [];
  const eightBits: EightBits[] = [];
  for (const recipe of recipes) {
    const { name, architecture, epochs, labelSmoothing, numBeams = 1 } = recipe;
    const settings = {
      architecture: { ...architecture },
      epochs: lab.size(epochs, 1),
      words: task.data.train.length,
      ...(labelSmoothing && { labelSmoothing }),
    };
    trained.push(await lab.unit(name, settings, () => train(lab, task, recipe)));
    if (hasAttention(architecture)) {
      eightBits.push(
        await lab.unit(`${name}-8-bits`, { ...settings, numBeams }, () =>
          scoreInEightBits(lab, task, recipe),
        ),
      );
    }
  }
  const g2pEn = await lab.unit('g2p-en', null, () => scoreG2pEn(task.words.test));
  return { models: trained, eightBits, g2pEn };
}

function tables({ models, eightBits, g2pEn }: PhonemeResult, language: Language): string {
  const { names, table, inEightBits } = TEXTS[language];
  const errors = ({ wordErrorRate, phonemeErrorRate }: PhonemeScores) => [
    percent(wordErrorRate),
    percent(phonemeErrorRate),
  ];
  return markdownTable(table, [
    ...models.map(({ name, parameters, minutes, ...scores }) => [
      names[name]!,
      parameters.toLocaleString('en'),
      ...errors(scores),
      minutes.toFixed(0),
    ]),
    ...eightBits.map(({ name, numBeams, ...scores }) => [
      `${names[name]!}${inEightBits(numBeams)}`,
      models.find((model) => model.name === name)!.parameters.toLocaleString('en'),
      ...errors(scores),
      '–',
    ]),
    [names.g2pEn!, g2pEn.parameters.toLocaleString('en'), ...errors(g2pEn), '–'],
  ]);
}

function figures({ models, g2pEn }: PhonemeResult, language: Language): Record<string, string> {
  const { names, length, alignment } = TEXTS[language];
  const lineOf = (name: string, { byLength }: Pick<Trained, 'byLength'>) => ({
    name: names[name]!,
    points: byLength.map(({ to, wordErrorRate }) => ({ x: to - 1, y: 100 * wordErrorRate })),
  });
  const attention = models.find(({ name }) => name === 'attention');
  const shown = attention?.alignments.find(({ word }) => word === 'thoughtful');
  return {
    length: lineChart({
      title: length.title,
      subtitle: length.subtitle,
      x: { label: length.x, ticks: [2, 5, 8, 11, 14] },
      y: { label: length.y, domain: [0, 80] },
      series: [
        ...models.map((model) => lineOf(model.name, model)),
        { ...lineOf('g2pEn', g2pEn), quiet: true },
      ],
    }),
    ...(shown && {
      alignment: heatmap({
        title: alignment.title,
        x: { label: alignment.x, names: [...shown.word, '</s>'] },
        y: { label: alignment.y, names: shown.phonemes },
        values: shown.weights,
      }),
    }),
  };
}

export const phonemesExperiment: Experiment<PhonemeResult> = {
  name: 'phonemes',
  about: 'spelling to phonemes: fixed vector, attention, transformer, and g2p_en',
  run,
  tables,
  figures,
  models: shipped,
};
