import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EncoderModel, loadEncoder, Tokenizer } from '@headwise/core';
import {
  createModel,
  customObjective,
  dropoutRates,
  type LossContext,
  meanSquaredError,
  multipleNegativesRanking,
  openCheckpoints,
  type TrainableEncoder,
  Trainer,
  trainUnigram,
} from '@headwise/core/train';
import type { Pair } from '../../data/split.ts';
import { repositoryOf } from '../../shipping/repository.ts';
import { inEightBits } from '../../shipping/ship.ts';
import { readWeights, safetensorsOf, type Weights, writeWeights } from '../../shipping/weights.ts';
import { Projection } from './projection.ts';
import { WIDTH } from './teacher.ts';
import { readVectors, rowOf, type Vectors, vectorsOf, writeVectors } from './vectors.ts';

/** Sizes of a student, and how it is trained. */
export interface Recipe {
  /** Whether the contrastive loss is added to the mean squared error. */
  readonly ranking: boolean;
  readonly epochs: number;
  readonly vocabSize: number;
  readonly embeddingSize: number;
  /** Features of the vectors. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly feedForward: number;
  readonly learningRate: number;
}

const BATCH = 64;
const MAX_LENGTH = 128;

/** Factor of similarities in the contrastive loss, as in sentence-transformers. */
const SCALE = 20;

/** Contents of config.json. An ELECTRA, because its embeddings may be narrower than its layers: the table of pieces is larger than all else. */
const configOf = ({ embeddingSize, hiddenSize, layers, feedForward }: Recipe, vocabSize: number) => ({
  architectures: ['ElectraModel'],
  model_type: 'electra',
  vocab_size: vocabSize,
  embedding_size: embeddingSize,
  hidden_size: hiddenSize,
  num_hidden_layers: layers,
  num_attention_heads: 6,
  intermediate_size: feedForward,
  hidden_act: 'gelu',
  max_position_embeddings: MAX_LENGTH,
  type_vocab_size: 1,
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0,
  pad_token_id: 0,
});

/** Files by which sentence-transformers and `loadEncoder` know how tokens become a vector: their mean, of length 1. */
const sentenceFiles = (width: number) => ({
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ],
  'sentence_bert_config.json': { max_seq_length: MAX_LENGTH, do_lower_case: false },
  '1_Pooling/config.json': {
    word_embedding_dimension: width,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: true,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  },
});

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const sequence = (id: string) => ({ Sequence: { id, type_id: 0 } });

/** Pieces of both languages together, in lower case as the teacher's, between `[CLS]` and `[SEP]`. */
function trainTokenizer(texts: readonly string[], vocabSize: number) {
  return trainUnigram(texts, {
    vocabSize,
    unkToken: '[UNK]',
    specialTokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] } as never,
    postProcessor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), sequence('A'), special('[SEP]')],
      pair: [special('[CLS]'), sequence('A'), special('[SEP]'), sequence('B'), special('[SEP]')],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    } as never,
  });
}

/** Token ids of a pair, and the row of the teacher's vectors that both are to be at. */
interface Example {
  readonly korean: Int32Array;
  readonly english: Int32Array;
  readonly row: number;
}

/** Of how many pairs of a batch one is read in English too. English is easier: the teacher's pieces have the same letters. */
const ENGLISH_EVERY = 4;

/** The texts of a batch: first the Korean ones, then the English ones of the first pairs. */
function packed(examples: readonly Example[]) {
  const english = examples.slice(0, Math.ceil(examples.length / ENGLISH_EVERY));
  const texts = [...examples.map(({ korean }) => korean), ...english.map((example) => example.english)];
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, { length }] of texts.entries()) offsets[i + 1] = offsets[i]! + length;
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [i, text] of texts.entries()) ids.set(text, offsets[i]!);
  return { ids, typeIds: new Int32Array(ids.length), offsets };
}

/**
 * Distillation across languages (Reimers and Gurevych 2020, https://arxiv.org/abs/2004.09813): the student's vectors of a text and of its translation are to
 * be the teacher's vector t of the text. The loss is the mean of |s − t|² over the texts of a batch; t is in the subspace of
 * the student's width, and s has length 1. With `ranking`, `multipleNegativesRanking` is added, with the teacher's vectors of the batch as candidates.
 */
const distillation = (teacher: Vectors, ranking: boolean) =>
  customObjective({
    name: 'distillation',
    lengthOf: ({ korean, english }: Example) => korean.length + english.length / ENGLISH_EVERY,
    collate: (examples: readonly Example[]) => {
      const batch = packed(examples);
      const targets = vectorsOf(examples.map(({ row }) => rowOf(teacher, row)));
      return { ...batch, vectors: targets.data, tokens: batch.ids.length, targets: examples.length };
    },
    loss: (batch, ctx: LossContext<TrainableEncoder['model']>) => {
      const { backend, model } = ctx;
      const pairs = batch.targets;
      const hidden = ctx.run(batch.offsets, (forward) => model.forward(forward, batch));
      const students = backend.l2Normalize(backend.meanPool(hidden, batch.offsets));
      const texts = batch.offsets.length - 1;
      const { width } = teacher;
      const targets = new Float32Array(texts * width);
      targets.set(batch.vectors);
      targets.set(batch.vectors.subarray(0, (texts - pairs) * width), pairs * width);
      // The mean over features as well, so times their number.
      const error = backend.scale(meanSquaredError(backend, students, targets), width);
      if (!ranking) return error;
      const candidates = backend.tensor(batch.vectors, [pairs, width]);
      const rank = (from: number, to: number) =>
        multipleNegativesRanking(backend, backend.rows(students, from, to), candidates, {
          scale: SCALE,
          similarity: 'dot',
        });
      // As much weight for each text.
      return backend.add(
        error,
        backend.add(
          backend.scale(rank(0, pairs), pairs / texts),
          backend.scale(rank(pairs, texts), (texts - pairs) / texts),
        ),
      );
    },
  });

/** What is known of a trained student, besides its files. */
export interface Trained {
  readonly pairs: number;
  readonly parameters: number;
  readonly steps: number;
  /** The fraction of the teacher's vectors, by squared length, that lies in the subspace. */
  readonly kept: number;
  /** The mean loss of the last epoch. */
  readonly lastLoss: number;
}

/** Trains a student and writes it to `folder`, in f32. An interrupted run goes on at its last checkpoint. */
export async function trainStudent(
  recipe: Recipe,
  pairs: readonly Pair[],
  teacher: Vectors,
  { folder, seed, log }: { folder: string; seed: number; log: (line: string) => void },
): Promise<Trained> {
  const texts = pairs.flatMap(({ source, target }) => [source, target]);
  const files = await trainTokenizer(texts, recipe.vocabSize);
  const tokenizer = Tokenizer.fromFiles(files);
  const encode = (text: string) => tokenizer.encode(text, { maxLength: MAX_LENGTH }).ids;
  const trainExamples = pairs.map(
    ({ source, target }, row): Example => ({ korean: encode(target), english: encode(source), row }),
  );
  const config = configOf(recipe, tokenizer.vocabSize);
  const trainable = (await createModel(config, { seed })) as TrainableEncoder;
  try {
    const stepsOfEpoch = Math.ceil(pairs.length / BATCH);
    let sum = 0;
    const { projection, kept } = Projection.of(teacher, recipe.hiddenSize);
    const storage = openCheckpoints(join(folder, 'checkpoints'));
    const trainer = new Trainer({
      trainable,
      objective: distillation(projection.to(teacher), recipe.ranking),
      trainExamples,
      batchSize: BATCH,
      epochs: recipe.epochs,
      seed,
      learningRate: recipe.learningRate,
      warmupRatio: 0.05,
      weightDecay: 0.01,
      dropout: dropoutRates(config),
      checkpoints: { storage, every: stepsOfEpoch, keep: 1 },
      onStep: ({ step, loss }) => {
        // Checkpoints are at the ends of epochs, so a run that goes on has whole ones.
        if ((step - 1) % stepsOfEpoch === 0) sum = 0;
        sum += loss;
        if (step % stepsOfEpoch === 0)
          log(`epoch ${step / stepsOfEpoch}, loss ${(sum / stepsOfEpoch).toFixed(4)}`);
      },
    });
    await trainer.resume();
    await trainer.train();
    const { parameters } = trainable;
    writeStudent(
      folder,
      { ...sentenceFiles(recipe.hiddenSize), ...filesOf(files) },
      config,
      parameters.stateDict(),
    );
    writeVectors(join(folder, PROJECTION), projection.basis);
    return {
      pairs: pairs.length,
      kept,
      parameters: parameters.values.length,
      steps: recipe.epochs * stepsOfEpoch,
      lastLoss: sum / stepsOfEpoch,
    };
  } finally {
    trainable.dispose();
  }
}

const filesOf = (trained: { tokenizerJson: unknown; tokenizerConfigJson: unknown }) => ({
  'tokenizer.json': trained.tokenizerJson,
  'tokenizer_config.json': trained.tokenizerConfigJson,
});

function writeStudent(
  folder: string,
  files: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
  weights: Weights,
): void {
  for (const [name, contents] of Object.entries({ ...files, 'config.json': config })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(contents));
  }
  writeWeights(join(folder, 'model.safetensors'), weights);
}

const PROJECTION = 'projection.f32';

/** A trained student: the contents of its JSON files, and its weights. */
export interface Student {
  readonly config: Readonly<Record<string, unknown>>;
  /** Without config.json. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly weights: Weights;
  /** From its vectors to the teacher's space. */
  readonly projection: Projection;
}

const STORED = [...Object.keys(sentenceFiles(0)), 'tokenizer.json', 'tokenizer_config.json'];

/** Reads the student that `trainStudent` has written. */
export function readStudent(folder: string): Student {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as Readonly<Record<string, unknown>>;
  return {
    config: read('config.json'),
    files: Object.fromEntries(STORED.map((name) => [name, read(name)])),
    projection: new Projection(readVectors(join(folder, PROJECTION), WIDTH)),
    weights: readWeights(join(folder, 'model.safetensors')),
  };
}

/** The files of a student whose matrices are stored in 8 bits. */
export function int8Files({ config, files, weights }: Student): Map<string, Uint8Array<ArrayBuffer>> {
  const stored = inEightBits(weights);
  return repositoryOf({ ...files, 'config.json': { ...config, ...stored.config } }, stored.file);
}

/** Loads a student by the public loader: as it was trained, or with its matrices stored in 8 bits. */
export function loadStudent(student: Student, stored: 'f32' | 'int8'): Promise<EncoderModel> {
  const { files, config, weights } = student;
  const repository =
    stored === 'int8'
      ? int8Files(student)
      : repositoryOf({ ...files, 'config.json': config }, safetensorsOf(weights));
  return loadEncoder(repository, { dtype: 'f32' });
}
