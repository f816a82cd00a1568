import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';

/** What can sit on top of an encoder, and what it gives for a batch. */
export const TASK_HEAD_KINDS = [
  /** Logits over the vocabulary: `[rows, vocabSize]`. */
  'maskedLM',
  /** Logits of "the second text follows the first" and "it does not": `[batch, 2]`. */
  'nextSentence',
  /** Logits of the labels for each text: `[batch, labels]`. */
  'sequenceClassification',
  /** Logits of the labels for each token: `[rows, labels]`. */
  'tokenClassification',
  /** Logits of "the answer starts here" and "it ends here": `[rows, 2]`. */
  'questionAnswering',
  /** Logit of "another model put this token here", ELECTRA's discriminator: `[rows, 1]`. */
  'replacedToken',
] as const;

export type TaskHeadKind = (typeof TASK_HEAD_KINDS)[number];

/** Heads that give something for each token rather than for each text. */
export const TOKEN_TASK_HEADS: ReadonlySet<string> = new Set<TaskHeadKind>([
  'maskedLM',
  'tokenClassification',
  'questionAnswering',
  'replacedToken',
]);

/** The ends of Hugging Face's class names, and the heads that such a checkpoint has. */
const BY_CLASS: readonly (readonly [suffix: string, heads: readonly TaskHeadKind[]])[] = [
  ['ForMaskedLM', ['maskedLM']],
  ['ForNextSentencePrediction', ['nextSentence']],
  ['ForSequenceClassification', ['sequenceClassification']],
  ['ForTokenClassification', ['tokenClassification']],
  ['ForQuestionAnswering', ['questionAnswering']],
  ['Model', []],
];

/**
 * The heads of a checkpoint by the `architectures` in its config.json; none if it names none. `preTraining` are those of the
 * architecture's class `…ForPreTraining`. Throws `ConfigError` for a class with heads that Headwise does not know.
 */
export function taskHeadsByArchitectures(
  reader: ConfigReader,
  preTraining: readonly TaskHeadKind[],
): readonly TaskHeadKind[] {
  const [architecture] = reader.texts('architectures');
  if (architecture === undefined) return [];
  if (preTraining.length > 0 && architecture.endsWith('ForPreTraining')) return preTraining;
  const known = BY_CLASS.find(([suffix]) => architecture.endsWith(suffix));
  if (known) return known[1];
  const suffixes = BY_CLASS.map(([suffix]) => `…${suffix}`).join(', ');
  throw new ConfigError(
    `config.json: architectures must name a class ${suffixes}, got ${JSON.stringify(architecture)}; to use the encoder alone, load it with the option heads: []`,
  );
}

/** The labels of a classifier: `id2label`, else as many as `num_labels` says, else two, as in Hugging Face's library. */
export function labelsOf(reader: ConfigReader): readonly string[] {
  const named = reader.numbered('id2label');
  if (named) return named;
  return Array.from({ length: reader.size('num_labels', 2) }, (_, i) => `LABEL_${i}`);
}
