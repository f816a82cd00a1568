import type { JobContext, ModelStore } from '../job.ts';

/** A module of a job: the function `run`. */
interface JobModule {
  run(store: ModelStore, params: never, context: JobContext<never>): Promise<unknown>;
}

/** All jobs by kind. A module is fetched when its first job runs. */
export const JOBS = {
  ablateHeads: () => import('./ablate-heads.ts'),
  benchmark: () => import('./benchmark.ts'),
  canSplit: () => import('./can-split.ts'),
  compare: () => import('./compare.ts'),
  difference: () => import('./difference.ts'),
  generateAttend: () => import('./generate-attend.ts'),
  generateOpen: () => import('./generate-open.ts'),
  generateRead: () => import('./generate-read.ts'),
  generateWrite: () => import('./generate-write.ts'),
  isStored: () => import('./is-stored.ts'),
  learnBoxes: () => import('./learn-boxes.ts'),
  learnCross: () => import('./learn-cross.ts'),
  learnForcing: () => import('./learn-forcing.ts'),
  learnHeads: () => import('./learn-heads.ts'),
  learnLengths: () => import('./learn-lengths.ts'),
  learnMeaning: () => import('./learn-meaning.ts'),
  learnNext: () => import('./learn-next.ts'),
  learnPair: () => import('./learn-pair.ts'),
  learnPerplexity: () => import('./learn-perplexity.ts'),
  learnPositions: () => import('./learn-positions.ts'),
  learnPrefixes: () => import('./learn-prefixes.ts'),
  learnSelf: () => import('./learn-self.ts'),
  learnTimeline: () => import('./learn-timeline.ts'),
  learnTraining: () => import('./learn-training.ts'),
  learnTranslate: () => import('./learn-translate.ts'),
  learnVector: () => import('./learn-vector.ts'),
  learnWords: () => import('./learn-words.ts'),
  listenHear: () => import('./listen-hear.ts'),
  listenMap: () => import('./listen-map.ts'),
  listenOpen: () => import('./listen-open.ts'),
  listenWhy: () => import('./listen-why.ts'),
  loadModel: () => import('./load-model.ts'),
  logitLens: () => import('./logit-lens.ts'),
  openFiles: () => import('./open-files.ts'),
  openHead: () => import('./open-head.ts'),
  patch: () => import('./patch.ts'),
  rankPair: () => import('./rank-pair.ts'),
  read: () => import('./read.ts'),
  readFirst: () => import('./read-first.ts'),
  readPair: () => import('./read-pair.ts'),
  searchEmbed: () => import('./search-embed.ts'),
  searchFind: () => import('./search-find.ts'),
  searchOpen: () => import('./search-open.ts'),
  searchWhy: () => import('./search-why.ts'),
  stream: () => import('./stream.ts'),
  trainAdvance: () => import('./train-advance.ts'),
  trainExplore: () => import('./train-explore.ts'),
  trainFiles: () => import('./train-files.ts'),
  trainOpen: () => import('./train-open.ts'),
  trainPause: () => import('./train-pause.ts'),
  why: () => import('./why.ts'),
} satisfies Readonly<Record<string, () => Promise<JobModule>>>;

export type JobKind = keyof typeof JOBS;

type RunOf<Kind extends JobKind> = Awaited<ReturnType<(typeof JOBS)[Kind]>>['run'];
export type JobParams<Kind extends JobKind> = Parameters<RunOf<Kind>>[1];
export type JobResult<Kind extends JobKind> = Awaited<ReturnType<RunOf<Kind>>>;
/** What a job sends before its result; `never` if nothing. */
export type JobProgress<Kind extends JobKind> =
  Parameters<RunOf<Kind>> extends [unknown, unknown, JobContext<infer Progress>] ? Progress : never;
