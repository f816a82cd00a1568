import type { Pair } from '../../data/split.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { Bench, embedWith } from './bench.ts';
import { closerLook } from './closer-look.ts';
import { LEFT_OUT, type TrainingSet, trainingPairs } from './data.ts';
import { figures, tables } from './report.ts';
import type { Int8Loss, Result, StudentName, StudentReport } from './result.ts';
import { shippedStudent } from './shipped.ts';
import {
  int8Files,
  loadStudent,
  type Recipe,
  readStudent,
  type Student,
  type Trained,
  trainStudent,
} from './student.ts';
import { dot, type Embed, pick, rowOf, type Vectors } from './vectors.ts';

/** Epochs of the students that are compared with each other, and of the one that is shipped. */
const [SHORT, LONG] = [1, 5];

const recipeOf = (lab: Lab, ranking: boolean, epochs: number): Recipe => ({
  ranking,
  epochs: lab.size(epochs, 1),
  vocabSize: lab.size(8000, 2500),
  embeddingSize: lab.size(128, 32),
  hiddenSize: lab.size(192, 48),
  layers: 1,
  feedForward: lab.size(384, 64),
  learningRate: 3e-3,
});

/** All pairs that are trained on: real ones, then those of the grammar. */
async function pairsOf(lab: Lab, set: TrainingSet): Promise<Pair[]> {
  return (await trainingPairs(set, lab.seed)).slice(-lab.size(1_000_000, 300));
}

/** The teacher's vectors of the English texts of pairs, computed once for all students. */
async function teacherOf(bench: Bench, all: readonly Pair[]) {
  const texts = [...new Set(all.map(({ source }) => source))];
  const vectors = await bench.teacher(texts);
  const rows = new Map(texts.map((text, row) => [text, row]));
  return (pairs: readonly Pair[]) =>
    pick(
      vectors,
      pairs.map(({ source }) => rows.get(source)!),
    );
}

/** Trains one of the students, and ranks the validation part with it. */
async function train(
  lab: Lab,
  bench: Bench,
  teacher: (pairs: readonly Pair[]) => Vectors,
  name: StudentName,
  recipe: Recipe,
  set: TrainingSet,
): Promise<StudentReport> {
  const pairs = await pairsOf(lab, set);
  const folder = lab.path(name, '');
  const trained = await lab.unit(name, { ...recipe, ...set }, () =>
    trainStudent(recipe, pairs, teacher(pairs), {
      folder,
      seed: lab.seed,
      log: (line) => lab.log(`${name}: ${line}`),
    }),
  );
  const validation = await withModel(readStudent(folder), 'f32', (embed) => bench.validation(embed));
  return { recipe, set, ...(trained as Trained), validation };
}

/** Uses a stored student. Its vectors are put into the teacher's space. */
async function withModel<T>(
  student: Student,
  stored: 'f32' | 'int8',
  use: (embed: Embed) => Promise<T>,
): Promise<T> {
  const model = await loadStudent(student, stored);
  try {
    const embed = embedWith(model);
    return await use(async (texts) => student.projection.back(await embed(texts)));
  } finally {
    await model.dispose();
  }
}

/** How far the vectors of the Korean test texts move when the weights are stored in 8 bits. */
async function int8Loss(bench: Bench, student: Student): Promise<Int8Loss> {
  const { queries } = bench.real;
  const exact = await withModel(student, 'f32', (embed) => embed(queries));
  const rounded = await withModel(student, 'int8', (embed) => embed(queries));
  const cosines = queries.map((_, row) => dot(rowOf(exact, row), rowOf(rounded, row)));
  const files = int8Files(student);
  return {
    meanCosine: cosines.reduce((a, b) => a + b, 0) / cosines.length,
    leastCosine: Math.min(...cosines),
    bytes: files.get('model.safetensors')!.length,
    allBytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
  };
}

async function run(lab: Lab): Promise<Result> {
  const bench = await Bench.open(lab);
  try {
    return await compute(lab, bench);
  } finally {
    await bench.dispose();
  }
}

async function compute(lab: Lab, bench: Bench): Promise<Result> {
  const real: TrainingSet = { leftOut: [], grammar: 0 };
  const all: TrainingSet = { leftOut: [], grammar: lab.size(4000, 50) };
  const pairs = await pairsOf(lab, all);
  const fewer: TrainingSet = { ...real, leftOut: LEFT_OUT };
  const teacher = await teacherOf(bench, [
    ...pairs,
    ...(await pairsOf(lab, real)),
    ...(await pairsOf(lab, fewer)),
  ]);
  const student = (name: StudentName, ranking: boolean, epochs: number, set: TrainingSet) =>
    train(lab, bench, teacher, name, recipeOf(lab, ranking, epochs), set);
  const mse = await student('mse', false, SHORT, real);
  const contrastive = await student('ranking', true, SHORT, real);
  const ranking = contrastive.validation.mrr > mse.validation.mrr;
  const shipped = await student('shipped', ranking, LONG, all);
  const leftOut = await student('leftOut', ranking, SHORT, fewer);

  const stored = (name: StudentName) => readStudent(lab.path(name, ''));
  const scoresOf = (name: StudentName, weights: 'f32' | 'int8' = 'f32') =>
    withModel(stored(name), weights, (embed) => bench.scores(embed));
  return {
    students: { mse, ranking: contrastive, leftOut, shipped },
    ranking,
    scores: {
      chance: await bench.chance(),
      ngrams: await bench.ngrams(pairs.flatMap(({ source, target }) => [source, target])),
      nearest: await bench.nearest(pairs, teacher(pairs)),
      teacher: await bench.scores(bench.teacher),
      mse: await scoresOf('mse'),
      ranking: await scoresOf('ranking'),
      leftOut: await scoresOf('leftOut'),
      shipped: await scoresOf('shipped'),
      int8: await scoresOf('shipped', 'int8'),
    },
    ...(await withModel(stored('shipped'), 'f32', (embed) => closerLook(bench, embed, pairs, lab.seed))),
    int8: await int8Loss(bench, stored('shipped')),
  };
}

/** Korean sentence embeddings by distillation (Reimers and Gurevych 2020, https://arxiv.org/abs/2004.09813). */
export const koreanEmbeddings: Experiment<Result> = {
  name: 'korean-embeddings',
  about: 'Korean sentence embeddings by distillation from an English model',
  run,
  tables,
  figures,
  models: async (result, lab) => [shippedStudent(result, readStudent(lab.path('shipped', '')), lab.seed)],
};
