import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';
import { labelsOf, type TaskHeadKind, taskHeadsByArchitectures } from './task-heads.ts';

/** The problem that a sequence classifier was trained on: which function turns its logits into scores. */
export type ProblemType = 'singleLabel' | 'multiLabel' | 'regression';

/** What the configurations of all encoders have. Plain data: it also travels to workers. */
export interface EncoderSizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: ActivationName;
  readonly maxPositionEmbeddings: number;
  /** Kinds of segments; 0 if the architecture knows none. */
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  /** Most tokens that a text may have, special ones included. */
  readonly contextLength: number;
  /** What is to be loaded on top of the encoder. */
  readonly taskHeads: readonly TaskHeadKind[];
  /** Labels of a sequence or token classifier, in the order of its logits. */
  readonly labels: readonly string[];
  /** Unless config.json says so, single-label, or regression for a single label. */
  readonly problemType: ProblemType;
}

const PROBLEMS: Readonly<Record<string, ProblemType>> = {
  single_label_classification: 'singleLabel',
  multi_label_classification: 'multiLabel',
  regression: 'regression',
};

/** The part of a configuration that does not depend on how an architecture calls its sizes. */
export function readTaskHeads(
  reader: ConfigReader,
  heads: readonly TaskHeadKind[] | undefined,
  preTraining: readonly TaskHeadKind[],
): Pick<EncoderSizes, 'taskHeads' | 'labels' | 'problemType'> {
  const labels = labelsOf(reader);
  const fallback = labels.length === 1 ? 'regression' : 'single_label_classification';
  const problem = reader.has('problem_type') ? reader.text('problem_type') : fallback;
  const problemType = Object.hasOwn(PROBLEMS, problem) ? PROBLEMS[problem] : undefined;
  if (!problemType) {
    throw new ConfigError(
      `config.json: problem_type must be one of ${Object.keys(PROBLEMS).join(', ')}, got ${JSON.stringify(problem)}`,
    );
  }
  return { taskHeads: heads ?? taskHeadsByArchitectures(reader, preTraining), labels, problemType };
}

/** Throws `ConfigError` for BERT's variants with relative positions (Shaw et al. 2018), which few checkpoints use. */
export function checkAbsolutePositions(reader: ConfigReader): void {
  const positions = reader.text('position_embedding_type', 'absolute');
  if (positions === 'absolute') return;
  throw new ConfigError(
    `config.json: position_embedding_type must be absolute, got ${JSON.stringify(positions)}`,
  );
}
