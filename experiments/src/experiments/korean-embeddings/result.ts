import type { TrainingSet } from './data.ts';
import type { Agreement, ContrastScore, EnglishSet, KoreanSet, Miss, Part } from './measure.ts';
import type { RetrievalScores } from './retrieval.ts';
import type { Recipe, Trained } from './student.ts';

/** Students, by what differs: the loss, the pairs that they are trained on, and for how long. */
export const studentNames = ['mse', 'ranking', 'leftOut', 'shipped'] as const;
export type StudentName = (typeof studentNames)[number];

/** Ways to search: students, and what they are compared with. */
export const methods = ['chance', 'ngrams', 'nearest', 'teacher', ...studentNames, 'int8'] as const;
export type Method = (typeof methods)[number];

/** A student as it was trained. */
export interface StudentReport extends Trained {
  readonly recipe: Recipe;
  readonly set: TrainingSet;
  /** Of Korean queries for English texts of the validation part. */
  readonly validation: RetrievalScores;
}

export type SetScores = Readonly<{
  english: Readonly<Record<EnglishSet, RetrievalScores>>;
  korean: Readonly<Record<KoreanSet, RetrievalScores>>;
}>;

/** What is measured of the shipped student alone. */
export interface CloserLook {
  /** English queries for the teacher's vectors of the same texts. */
  readonly ownEnglish: RetrievalScores;
  /** Korean queries for the student's own vectors of English texts. */
  readonly koreanToOwnEnglish: RetrievalScores;
  readonly agreement: Readonly<Record<'teacherOnKorean' | 'korean' | 'english', Agreement>>;
  readonly contrasts: Readonly<Record<'negation' | 'day', ContrastScore>>;
  readonly byDomain: readonly (RetrievalScores & { readonly domain: string })[];
  readonly byUnseenWords: readonly Part[];
  /** By characters. */
  readonly byLength: readonly Part[];
  readonly misses: readonly Miss[];
}

/** What the weights in 8 bits change. */
export interface Int8Loss {
  /** Cosine of a Korean text's vectors in f32 and in int8. */
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** Of model.safetensors. */
  readonly bytes: number;
  /** Of all files. */
  readonly allBytes: number;
}

export interface Result extends CloserLook {
  readonly students: Readonly<Record<StudentName, StudentReport>>;
  /** The loss of the third and the fourth student: whether `ranking` is better than `mse` on the validation part. */
  readonly ranking: boolean;
  readonly scores: Readonly<Record<Method, SetScores>>;
  readonly int8: Int8Loss;
}
