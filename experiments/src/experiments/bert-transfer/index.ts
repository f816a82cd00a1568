import { type EncoderModel, loadEncoder } from '@headwise/core';
import { createStateDict } from '@headwise/core/train';
import { textDomains } from '../../data/labelled.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Json, Lab } from '../../lab/lab.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import { repositoryOf } from '../../shipping/repository.ts';
import { safetensorsOf } from '../../shipping/weights.ts';
import { compareTransfer, type TransferResult } from './compare.ts';
import { shippedModel } from './model.ts';
import { type BertConfigJson, bertConfig, MAX_LENGTH, preTrain, readWeights } from './pretraining.ts';
import { figures, tables } from './report.ts';
import type { BertTransferResult } from './result.ts';
import { measureSenses } from './senses.ts';
import { preTrainingSettings, senseCounts, sizesOf, transferSettings } from './settings.ts';
import { readTexts, trainTokenizer } from './texts.ts';
import { FineTuner, transferTask } from './transfer.ts';

/** The encoder with these weights. */
function encoderOf(
  config: BertConfigJson,
  files: TaskTokenizer['files'],
  weights: Uint8Array,
): Promise<EncoderModel> {
  return loadEncoder(repositoryOf({ ...files, 'config.json': config }, weights), { dtype: 'f32' });
}

async function run(lab: Lab): Promise<BertTransferResult> {
  const texts = await readTexts(lab.seed);
  const sizes = sizesOf(lab);
  const tokenizer = await trainTokenizer(texts, sizes.vocabSize, MAX_LENGTH);
  const config = bertConfig(tokenizer.tokenizer.vocabSize, sizes);
  const settings = preTrainingSettings(lab);
  const preTraining = await lab.unit('pre-training', { config, settings } as unknown as Json, () =>
    preTrain(lab, tokenizer, texts, config, settings),
  );
  const weights = readWeights(lab);
  const initial = createStateDict(config, { seed: lab.seed });
  const untrainedWeights = safetensorsOf(initial as Parameters<typeof safetensorsOf>[0]);
  const preTrained = await encoderOf(config, tokenizer.files, weights);
  const untrained = await encoderOf(config, tokenizer.files, untrainedWeights);

  const dependsOn = { config, settings } as unknown as Json;
  const counts = senseCounts(lab);
  const senses = await lab.unit('senses', { dependsOn, counts }, async () => ({
    preTrained: await measureSenses(preTrained, lab.seed, counts),
    untrained: await measureSenses(untrained, lab.seed, counts),
  }));

  const { limits, maxLength, ...comparison } = transferSettings(lab);
  const tuner = await FineTuner.create(config, weights);
  const transfer: TransferResult[] = [];
  for (const language of ['ko', 'en'] as const) {
    const data = await textDomains(language);
    const task = transferTask(`domains-${language}`, data, tokenizer, maxLength, limits);
    transfer.push(await compareTransfer(lab, task, tuner, { preTrained, untrained }, comparison, dependsOn));
  }
  await preTrained.dispose();
  await untrained.dispose();
  return { vocabSize: tokenizer.tokenizer.vocabSize, preTraining, transfer, senses };
}

export const bertTransfer: Experiment<BertTransferResult> = {
  name: 'bert-transfer',
  about:
    'a BERT by masked words and next sentences; fine-tuned against from scratch; meanings of words by layer',
  run,
  tables,
  figures,
  models: async (result, lab) => {
    const texts = await readTexts(lab.seed);
    const sizes = sizesOf(lab);
    const tokenizer = await trainTokenizer(texts, sizes.vocabSize, MAX_LENGTH);
    const config = bertConfig(tokenizer.tokenizer.vocabSize, sizes);
    return [await shippedModel(result, lab.seed, config, tokenizer.files, readWeights(lab))];
  },
};
