import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';
import { labelsOf, type TaskHeadKind, taskHeadsByArchitectures } from './task-heads.ts';

/** The problem type of a sequence classifier (`problem_type`): scores are the softmax of its logits, their sigmoid, or the logits. */
export type ProblemType = 'singleLabel' | 'multiLabel' | 'regression';

/** The configuration values of all encoders. Structured-cloneable: it is posted to workers. */
export interface EncoderSizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: ActivationName;
  readonly maxPositionEmbeddings: number;
  /** Number of segments (token types); 0 if the architecture has none. */
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  /** Maximum tokens of a text, special tokens included. */
  readonly contextLength: number;
  /** Task heads to load. */
  readonly taskHeads: readonly TaskHeadKind[];
  /** Labels of a sequence or token classifier, in the order of its logits. */
  readonly labels: readonly string[];
  /** Default `singleLabel`, or `regression` if there is one label. */
  readonly problemType: ProblemType;
  /** Whether the output layer of masked tokens has weights of its own (`tie_word_embeddings: false`). Default: the token embeddings, unless it has. */
  readonly untiedHead?: boolean;
}

const PROBLEMS: Readonly<Record<string, ProblemType>> = {
  single_label_classification: 'singleLabel',
  multi_label_classification: 'multiLabel',
  regression: 'regression',
};

/** Reads task heads, labels and problem type. `heads` overrides those of `architectures`. */
export function readTaskHeads(
  reader: ConfigReader,
  heads: readonly TaskHeadKind[] | undefined,
  preTraining: readonly TaskHeadKind[],
): Pick<EncoderSizes, 'taskHeads' | 'labels' | 'problemType' | 'untiedHead'> {
  const labels = labelsOf(reader);
  const fallback = labels.length === 1 ? 'regression' : 'single_label_classification';
  const problem = reader.has('problem_type') ? reader.text('problem_type') : fallback;
  const problemType = Object.hasOwn(PROBLEMS, problem) ? PROBLEMS[problem] : undefined;
  if (!problemType) {
    throw new ConfigError(
      `config.json: problem_type must be one of ${Object.keys(PROBLEMS).join(', ')}, got ${JSON.stringify(problem)}`,
    );
  }
  return {
    taskHeads: heads ?? taskHeadsByArchitectures(reader, preTraining),
    labels,
    problemType,
    ...(reader.flag('tie_word_embeddings', true) ? {} : { untiedHead: true }),
  };
}

/** Throws `ConfigError` for BERT variants with relative positions (Shaw et al. 2018), which are not supported. */
export function checkAbsolutePositions(reader: ConfigReader): void {
  const positions = reader.text('position_embedding_type', 'absolute');
  if (positions === 'absolute') return;
  throw new ConfigError(
    `config.json: position_embedding_type must be absolute, got ${JSON.stringify(positions)}`,
  );
}

/** What a sequence classifier reads: the first token (`cls`) or the mean of all. */
export function readClassifierPooling(reader: ConfigReader): 'cls' | 'mean' {
  const pooling = reader.text('classifier_pooling', 'cls');
  if (pooling === 'cls' || pooling === 'mean') return pooling;
  throw new ConfigError(
    `config.json: classifier_pooling must be cls or mean, got ${JSON.stringify(pooling)}`,
  );
}
