import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';

/** Task heads of encoders, and the shapes of their logits. */
export const TASK_HEAD_KINDS = [
  /** Over the vocabulary: `[rows, vocabSize]`. */
  'maskedLM',
  /** Whether the second text follows the first, is next and is not: `[batch, 2]`. */
  'nextSentence',
  /** `[batch, labels]`. */
  'sequenceClassification',
  /** `[rows, labels]`. */
  'tokenClassification',
  /** Start and end of the answer: `[rows, 2]`. */
  'questionAnswering',
  /** ELECTRA's discriminator, whether the token was replaced by the generator: `[rows, 1]`. */
  'replacedToken',
] as const;

export type TaskHeadKind = (typeof TASK_HEAD_KINDS)[number];

/** Heads with logits for each token rather than for each text. */
export const TOKEN_TASK_HEADS: ReadonlySet<string> = new Set<TaskHeadKind>([
  'maskedLM',
  'tokenClassification',
  'questionAnswering',
  'replacedToken',
]);

/** Suffixes of Hugging Face's class names, and the heads of their checkpoints. */
const HEADS_BY_CLASS: readonly (readonly [suffix: string, heads: readonly TaskHeadKind[]])[] = [
  ['ForMaskedLM', ['maskedLM']],
  ['ForNextSentencePrediction', ['nextSentence']],
  ['ForSequenceClassification', ['sequenceClassification']],
  ['ForTokenClassification', ['tokenClassification']],
  ['ForQuestionAnswering', ['questionAnswering']],
  ['Model', []],
];

/**
 * The heads of a checkpoint by `architectures` of its config.json; none if it has none. `preTraining` are those of the architecture's class
 * `…ForPreTraining`. Throws `ConfigError` for an unsupported class.
 */
export function taskHeadsByArchitectures(
  reader: ConfigReader,
  preTraining: readonly TaskHeadKind[],
): readonly TaskHeadKind[] {
  const [architecture] = reader.texts('architectures');
  if (architecture === undefined) return [];
  if (preTraining.length > 0 && architecture.endsWith('ForPreTraining')) return preTraining;
  const known = HEADS_BY_CLASS.find(([suffix]) => architecture.endsWith(suffix));
  if (known) return known[1];
  const suffixes = HEADS_BY_CLASS.map(([suffix]) => `…${suffix}`).join(', ');
  throw new ConfigError(
    `config.json: architectures must name a class ${suffixes}, got ${JSON.stringify(architecture)}; to use the encoder alone, load it with the option taskHeads: []`,
  );
}

/** The labels of a classifier: `id2label`, else LABEL_0, LABEL_1, … up to `num_labels`, default 2, as in Hugging Face Transformers. */
export function labelsOf(reader: ConfigReader): readonly string[] {
  const named = reader.numbered('id2label');
  if (named) return named;
  return Array.from({ length: reader.size('num_labels', 2) }, (_, i) => `LABEL_${i}`);
}
