import type { ActivationName } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigReader } from './config.ts';
import { type HeadKind, headsByArchitectures, labelsOf } from './heads.ts';

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
  readonly heads: readonly HeadKind[];
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
export function readHeads(
  reader: ConfigReader,
  heads: readonly HeadKind[] | undefined,
  preTraining: readonly HeadKind[],
): Pick<EncoderSizes, 'heads' | 'labels' | 'problemType'> {
  const labels = labelsOf(reader);
  const fallback = labels.length === 1 ? 'regression' : 'single_label_classification';
  const problem = reader.has('problem_type') ? reader.text('problem_type') : fallback;
  const problemType = Object.hasOwn(PROBLEMS, problem) ? PROBLEMS[problem] : undefined;
  if (!problemType) {
    throw new ConfigError(
      `config.json: problem_type must be one of ${Object.keys(PROBLEMS).join(', ')}, got ${JSON.stringify(problem)}`,
    );
  }
  return { heads: heads ?? headsByArchitectures(reader, preTraining), labels, problemType };
}

/** Throws `ConfigError` for sizes that do not fit one another. `names` are what the architecture's config.json calls them. */
export function checkHeadSizes(
  hiddenSize: number,
  heads: number,
  names: { hidden: string; heads: string } = { hidden: 'hidden_size', heads: 'num_attention_heads' },
): void {
  if (hiddenSize % heads === 0) return;
  throw new ConfigError(
    `config.json: ${names.hidden} must divide into ${names.heads}, got ${hiddenSize} and ${heads}`,
  );
}

/** Throws `ConfigError` for BERT's variants with relative positions (Shaw et al. 2018), which few checkpoints use. */
export function checkAbsolutePositions(reader: ConfigReader): void {
  const positions = reader.text('position_embedding_type', 'absolute');
  if (positions === 'absolute') return;
  throw new ConfigError(
    `config.json: position_embedding_type must be absolute, got ${JSON.stringify(positions)}`,
  );
}
