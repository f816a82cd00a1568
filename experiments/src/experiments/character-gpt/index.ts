import type { CausalLM } from '@headwise/core';
import { hash, sides } from '../../data/split.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { readWeights, writeWeights } from '../../shipping/weights.ts';
import { type Corpus, corpus, corpusHash, languages, type TextLanguage } from './corpus.ts';
import {
  bitsPerCharacter,
  CONTEXT,
  gptConfig,
  loadGpt,
  scoreTexts,
  textBits,
  textIds,
  trainGpt,
  windows,
} from './model.ts';
import { NGrams } from './ngrams.ts';
import { figures, tables } from './report.ts';
import type {
  Bits,
  CharacterGptResult,
  GptResult,
  GptSettings,
  Prepared,
  TemperatureResult,
  Vocabulary,
} from './result.ts';
import { Known, measure, sample } from './samples.ts';
import { shippedGpt } from './shipped.ts';
import { alphabetOf, characterTokenizer } from './tokenizer.ts';
import { scoreUnit, type UnitScore, units } from './units.ts';

const WEIGHTS = 'gpt.safetensors';
const TEMPERATURES = [0.3, 0.7, 1, 1.3];
const MAX_ORDER = 6;
const PROMPTS = ['Cannot find ', 'The type of ', 'Open ', '파일을 ', '이 형식은 ', '웃는 '];

const both = async <T>(of: (language: TextLanguage) => T | Promise<T>) => ({
  en: await of('en'),
  ko: await of('ko'),
});

/** The corpus, its alphabet of characters that occur at least three times, and the configuration of the model. */
async function prepare(lab: Lab): Promise<Prepared> {
  const whole = await corpus();
  const few = (all: readonly string[]) => all.filter((_, i) => i % lab.size(1, 100) === 0);
  const part = (language: TextLanguage) => ({
    train: few(whole[language].train),
    validation: few(whole[language].validation),
    test: few(whole[language].test),
  });
  const texts: Corpus = { en: part('en'), ko: part('ko') };
  const task = characterTokenizer(alphabetOf([...texts.en.train, ...texts.ko.train], 3));
  const sizes = lab.size(
    { layers: 4, heads: 4, width: 96, feedForward: 208 },
    { layers: 1, heads: 2, width: 16, feedForward: 32 },
  );
  return { texts, task, config: gptConfig(task.tokenizer.vocabSize, sizes) };
}

function scoreNgrams({ texts, task }: Prepared): CharacterGptResult['ngrams'] {
  const ids = (all: readonly string[]) => all.map((text) => textIds(task, text));
  // All tokens but the beginning are predicted.
  const model = new NGrams(
    ids(languages.flatMap((language) => texts[language].train)),
    MAX_ORDER,
    task.tokenizer.vocabSize - 1,
  );
  const score = (side: 'validation' | 'test', order: number): Bits => {
    const of = (language: TextLanguage) =>
      bitsPerCharacter(
        ids(texts[language][side]).map((text) => textBits(text, (i) => model.probability(text, i, order))),
      );
    return { en: of('en'), ko: of('ko') };
  };
  return Array.from({ length: MAX_ORDER }, (_, i) => ({
    order: i + 1,
    validation: score('validation', i + 1),
    test: score('test', i + 1),
  }));
}

const snapshotSteps = (steps: number) =>
  [0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1].map((part) =>
    Math.round(part * steps),
  );

/** Trains a GPT and scores it along the way. The weights of the experiment's own seed are kept. */
async function scoreGpt(
  lab: Lab,
  prepared: Prepared,
  settings: GptSettings,
  seed: number,
): Promise<GptResult> {
  const { texts, task, config } = prepared;
  const ids = (language: TextLanguage, side: (typeof sides)[number], most = Infinity) => {
    const all = texts[language][side];
    const every = Math.ceil(all.length / most) || 1;
    return all.filter((_, i) => i % every === 0).map((text) => textIds(task, text));
  };
  const sequences = languages.flatMap((language) => ids(language, 'train').flatMap(windows));
  const trained = await trainGpt(config, sequences, {
    ...settings,
    seed,
    snapshotAt: snapshotSteps(settings.steps),
    checkpointEvery: Math.ceil(settings.steps / 20),
    // A run of other settings or texts does not go on from the checkpoints of this one.
    folder: lab.path(`gpt-${seed}-${hash(JSON.stringify([settings, config, corpusHash(texts)]))}`, '.'),
  });
  const curve: GptResult['curve'][number][] = [];
  for (const { step, weights } of trained.snapshots) {
    const model = await loadGpt(config, task, weights);
    const of = (side: 'train' | 'validation') =>
      both(async (language) => bitsPerCharacter(await scoreTexts(model, ids(language, side, 200))));
    curve.push({ step, training: await of('train'), validation: await of('validation') });
    await model.dispose();
  }
  const { weights } = trained.snapshots.at(-1)!;
  if (seed === lab.seed) writeWeights(lab.path(WEIGHTS), weights);
  const model = await loadGpt(config, task, weights);
  const test = await both(async (language) =>
    bitsPerCharacter(await scoreTexts(model, ids(language, 'test'))),
  );
  await model.dispose();
  return { parameters: trained.parameters, curve, test };
}

async function sampleAt(
  model: CausalLM,
  temperature: number,
  count: number,
  known: Known,
  seed: number,
): Promise<TemperatureResult> {
  const samples = await sample(model, count, temperature, CONTEXT - 1, seed);
  const logProbability = samples.reduce((sum, one) => sum + one.logProbability, 0) / samples.length;
  const texts = samples.map(({ text }) => text);
  return { temperature, ...measure(texts, known, logProbability), examples: texts.slice(0, 6) };
}

async function run(lab: Lab): Promise<CharacterGptResult> {
  const prepared = await prepare(lab);
  const { texts, task, config } = prepared;
  const data = corpusHash(texts);
  const all = (side: (typeof sides)[number]) => languages.flatMap((language) => texts[language][side]);
  const settings = { steps: lab.size(1600, 32), batchSize: lab.size(32, 8), learningRate: 4e-3 };
  const seeds = [lab.seed];

  const ngrams = await lab.unit('ngrams', { data }, () => scoreNgrams(prepared));
  const orders = { syllables: 6, jamo: 10, bytes: 10 };
  const unitScores: UnitScore[] = [];
  for (const unit of units)
    unitScores.push(
      await lab.unit(`units-${unit}`, { data, order: orders[unit] }, () =>
        scoreUnit(unit, texts.ko, orders[unit]),
      ),
    );

  const gpts: GptResult[] = [];
  for (const seed of seeds)
    gpts.push(
      await lab.unit(`gpt-${seed}`, { ...settings, data, config: JSON.stringify(config) }, () =>
        scoreGpt(lab, prepared, settings, seed),
      ),
    );
  const count = lab.size(200, 4);
  const known = new Known(all('train'));
  const weights = JSON.stringify(gpts[0]);
  const sampled = await lab.unit('samples', { data, count, weights, prompts: PROMPTS }, async () => {
    const model = await loadGpt(config, task, readWeights(lab.path(WEIGHTS)));
    const temperatures: TemperatureResult[] = [];
    for (const temperature of TEMPERATURES)
      temperatures.push(await sampleAt(model, temperature, count, known, lab.seed));
    const greedy = await model.generate(PROMPTS, { doSample: false, maxNewTokens: 40 });
    const continuations = greedy.map(({ text }, i) => ({ prompt: PROMPTS[i]!, text }));
    await model.dispose();
    // As long as samples can be, in both languages alike, of all sources.
    const heldOut = languages.flatMap((language) => {
      const { test } = texts[language];
      const every = Math.ceil(test.length / (count / 2));
      return test.filter((_, i) => i % every === 0).map((text) => text.slice(0, CONTEXT - 1));
    });
    return { temperatures, continuations, heldOut: measure(heldOut, known, null) };
  });

  const alphabet = new Set(Object.keys((task.files['tokenizer.json'] as Vocabulary).model.vocab));
  const characters = (language: TextLanguage) =>
    Object.fromEntries(sides.map((side) => [side, [...texts[language][side].join('')].length]));
  const unknown = (language: TextLanguage) => {
    const test = [...texts[language].test.join('')];
    return test.filter((character) => !alphabet.has(character)).length / test.length;
  };
  return {
    characters: { en: characters('en'), ko: characters('ko') } as CharacterGptResult['characters'],
    alphabet: task.tokenizer.vocabSize - 3,
    unknown: { en: unknown('en'), ko: unknown('ko') },
    units: unitScores,
    ngrams,
    training: settings,
    gpts,
    ...sampled,
  };
}

/** Characters of Korean and English text, predicted by a GPT and by n-grams. */
export const characterGpt: Experiment<CharacterGptResult> = {
  name: 'character-gpt',
  about: 'a GPT of characters in two languages against n-grams; temperature; what it copies',
  run,
  tables,
  figures,
  models: async (result, lab) => {
    const { config, task } = await prepare(lab);
    return [shippedGpt(result, lab.seed, config, task, readWeights(lab.path(WEIGHTS)))];
  },
};
