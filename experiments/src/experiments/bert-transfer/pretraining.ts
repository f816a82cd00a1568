import { readFileSync, writeFileSync } from 'node:fs';
import { createBackend } from '@headwise/core';
import {
  bertPreTraining,
  createModel,
  type NextSentenceExample,
  openCheckpoints,
  type TrainableEncoder,
  type TrainableModel,
  Trainer,
} from '@headwise/core/train';
import { Choices } from '../../data/random.ts';
import type { Side } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import { safetensorsOf } from '../../shipping/weights.ts';
import { CountedTokens } from './baselines.ts';
import { drawPairs, nextSentenceExamples, SPECIAL } from './pairs.ts';
import { type Corpus, corpora, type Texts } from './texts.ts';

/** The most tokens that the model reads. */
export const MAX_LENGTH = 64;

export type BertConfigJson = Readonly<Record<string, unknown>>;

export interface Sizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
}

export function bertConfig(vocabSize: number, sizes: Sizes): BertConfigJson {
  return {
    architectures: ['BertForPreTraining'],
    model_type: 'bert',
    vocab_size: vocabSize,
    hidden_size: sizes.hiddenSize,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
    intermediate_size: sizes.intermediateSize,
    hidden_act: 'gelu',
    max_position_embeddings: MAX_LENGTH,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    initializer_range: 0.05,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0,
    pad_token_id: SPECIAL.pad,
  };
}

export interface PreTrainingSettings {
  readonly steps: number;
  readonly tokensPerBatch: number;
  readonly learningRate: number;
  /** Passes over the messages; the other corpora have as many examples in a pass as `perPass` says. */
  readonly passes: number;
  readonly perPass: Readonly<Record<Corpus, number>>;
  /** Examples of each corpus for each evaluation, and for the last one. */
  readonly evaluated: number;
  readonly tested: number;
  readonly evaluations: number;
}

/** Scores of both tasks. Accuracies from 0 to 1, losses in nats. */
export interface PreTrainingScores {
  readonly masked: number;
  readonly maskedLoss: number;
  readonly nextSentence: number;
}

export type ByCorpus<T> = Readonly<Record<Corpus, T>>;

export interface PreTrainingResult {
  readonly parameters: number;
  /** On the validation parts. */
  readonly curve: readonly { readonly step: number; readonly scores: ByCorpus<PreTrainingScores> }[];
  /** On the test parts. */
  readonly test: ByCorpus<PreTrainingScores>;
  /** Accuracy of counts on the same texts: the most frequent token, and the most frequent one between the same neighbours. */
  readonly baselines: ByCorpus<{ readonly unigram: number; readonly trigram: number }>;
  readonly examples: number;
  readonly tokens: number;
}

export async function forCorpora<T>(compute: (corpus: Corpus) => T | Promise<T>): Promise<ByCorpus<T>> {
  const entries: [Corpus, T][] = [];
  for (const corpus of corpora) entries.push([corpus, await compute(corpus)]);
  return Object.fromEntries(entries) as Record<Corpus, T>;
}

export function requireEncoder(trainable: TrainableModel): TrainableEncoder {
  if (trainable.kind !== 'encoder')
    throw new Error(`bert-transfer: expected an encoder, got ${trainable.kind}`);
  return trainable;
}

/** The weights of the pre-trained model. */
export const weightsPath = (lab: Lab) => lab.path('bert.safetensors');

export const readWeights = (lab: Lab): Uint8Array => readFileSync(weightsPath(lab));

/** Pre-trains a BERT with masked words and next sentences, and writes its weights. */
export async function preTrain(
  lab: Lab,
  { tokenizer }: TaskTokenizer,
  texts: Texts,
  config: BertConfigJson,
  settings: PreTrainingSettings,
): Promise<PreTrainingResult> {
  const pairsOf = (corpus: Corpus, side: Side, seed: number, count: number) =>
    drawPairs(tokenizer, texts, corpus, side, { seed, count });
  const examplesOf = (...drawn: Parameters<typeof pairsOf>) =>
    nextSentenceExamples(pairsOf(...drawn), MAX_LENGTH, new Choices(drawn[2], 9));
  const train: NextSentenceExample[] = [];
  for (let pass = 0; pass < settings.passes; pass++)
    for (const corpus of corpora)
      train.push(...examplesOf(corpus, 'train', 1000 * (lab.seed + 1) + pass, settings.perPass[corpus]));
  const heldOut = (side: 'validation' | 'test', count: number) =>
    forCorpora((corpus) => examplesOf(corpus, side, lab.seed, count));
  const validation = await heldOut('validation', settings.evaluated);
  const test = await heldOut('test', settings.tested);

  const trainable = requireEncoder(
    await createModel(config, { seed: lab.seed, backend: await createBackend() }),
  );
  const trainer = new Trainer({
    trainable,
    objective: bertPreTraining({
      maskTokenId: SPECIAL.mask,
      vocabSize: tokenizer.vocabSize,
      specialTokenIds: Object.values(SPECIAL),
    }),
    trainExamples: train,
    maxSteps: settings.steps,
    batchSize: 1000,
    maxTokensPerBatch: settings.tokensPerBatch,
    learningRate: settings.learningRate,
    schedule: 'linear',
    warmupRatio: 0.08,
    weightDecay: 0.01,
    seed: lab.seed,
    checkpoints: {
      storage: openCheckpoints(lab.path('pre-training')),
      every: Math.ceil(settings.steps / settings.evaluations),
      keep: 1,
    },
    onStep: ({ step, loss, secondsLeft }) => {
      if (step % 100 === 0)
        lab.log(`pre-training: step ${step}, loss ${loss.toFixed(3)}, ${Math.round(secondsLeft)} s left`);
      if (step === until) trainer.stop();
    },
  });
  let until = 0;
  await trainer.resume();

  const score = (examples: ByCorpus<readonly NextSentenceExample[]>) =>
    forCorpora(async (corpus): Promise<PreTrainingScores> => {
      const metrics = await trainer.evaluate(examples[corpus]);
      return {
        masked: metrics.accuracy!,
        maskedLoss: metrics.maskedLoss!,
        nextSentence: metrics.nextSentenceAccuracy!,
      };
    });
  const curve: PreTrainingResult['curve'][number][] = [];
  for (let i = 0; i <= settings.evaluations; i++) {
    until = Math.round((i * settings.steps) / settings.evaluations);
    if (trainer.step < until) await trainer.train();
    const key = `pre-training-${until}`;
    const scores = await lab.unit(key, { config, settings } as never, () => score(validation));
    curve.push({ step: until, scores });
  }
  writeFileSync(weightsPath(lab), safetensorsOf(trainable.parameters.stateDict()));

  const counted = await forCorpora(
    (corpus) =>
      new CountedTokens(
        // One pass, with the second texts that follow.
        pairsOf(corpus, 'train', 1000 * (lab.seed + 1), settings.perPass[corpus]).map(({ first, second }) => [
          SPECIAL.cls,
          ...first,
          SPECIAL.sep,
          ...second,
          SPECIAL.sep,
        ]),
      ),
  );
  const result = {
    parameters: trainable.parameters.values.length,
    curve,
    test: await score(test),
    baselines: await forCorpora((corpus) => counted[corpus].accuracies(test[corpus].map(({ ids }) => ids))),
    examples: train.length,
    tokens: train.reduce((sum, { ids }) => sum + ids.length, 0),
  };
  trainer.dispose();
  trainable.dispose();
  return result;
}
