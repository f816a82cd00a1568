import type { Experiment } from '../lab/experiment.ts';
import { bertTransfer } from './bert-transfer/index.ts';
import { characterGpt } from './character-gpt/index.ts';
import { embeddings } from './embeddings/index.ts';
import { englishKorean } from './english-korean/index.ts';
import { heads } from './heads/index.ts';
import { koreanEmbeddings } from './korean-embeddings/index.ts';
import { linearRegression } from './linear-regression/index.ts';
import { metricsExperiment } from './metrics/index.ts';
import { phonemesExperiment } from './phonemes/index.ts';
import { positions } from './positions/index.ts';
import { sequenceToSequence } from './sequence-to-sequence/index.ts';
import { t5Prefixes } from './t5-prefixes/index.ts';
import { teacherForcing } from './teacher-forcing/index.ts';

/** All experiments, in the order of the documentation. */
// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
export const experiments: readonly Experiment<any>[] = [
  linearRegression,
  sequenceToSequence,
  phonemesExperiment,
  teacherForcing,
  heads,
  positions,
  characterGpt,
  bertTransfer,
  t5Prefixes,
  englishKorean,
  metricsExperiment,
  embeddings,
  koreanEmbeddings,
];
