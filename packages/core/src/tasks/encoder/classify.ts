import { ConfigError } from '../../errors.ts';
import type { ProblemType } from '../../models/encoders/encoder-config.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { requireCount, requireModel, requireText, type TextInput } from '../inputs.ts';
import { runOptionsOf, TEXT_OPTIONS, type TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { sigmoid, softmax, topIndices } from './scores.ts';

export interface ClassifyOptions extends TextOptions {
  /** Number of labels to return. Default: all. */
  topK?: number;
  /**
   * Function that is applied to the logits: softmax for `singleLabel`, sigmoid for `multiLabel`, none for `regression`. Default:
   * `problem_type` of config.json; with a single label, `multiLabel`.
   */
  problemType?: ProblemType;
}

/** A label and its probability, or its logit for `regression`. */
export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

const OPTIONS = {
  topK: 'numeric',
  problemType: ['singleLabel', 'multiLabel', 'regression'],
  ...TEXT_OPTIONS,
} satisfies OptionNames<ClassifyOptions>;

/**
 * Classifies a text or a pair of texts: labels in descending order of score. Several inputs are computed in batches. Texts longer than the
 * model reads are cut unless `truncation` says otherwise. Needs the head `sequenceClassification`; throws `ConfigError` without it.
 */
export function classify(
  model: EncoderModel,
  input: TextInput,
  options?: ClassifyOptions,
): Promise<LabelScore[]>;
export function classify(
  model: EncoderModel,
  inputs: readonly TextInput[],
  options?: ClassifyOptions,
): Promise<LabelScore[][]>;
export async function classify(
  model: EncoderModel,
  input: TextInput | readonly TextInput[],
  options: ClassifyOptions = {},
): Promise<LabelScore[] | LabelScore[][]> {
  checkOptions('classify', options, OPTIONS);
  requireModel('classify', model, 'encoder');
  const inputs = Array.isArray(input) ? (input as readonly TextInput[]) : [input as TextInput];
  const { labels } = model.config;
  const { topK = labels.length, problemType } = options;
  requireCount('classify', 'topK', topK);
  const results = (await classifierLogits(model, 'classify', inputs, options)).map((logits) => {
    const scores = scoresOf(logits, problemType ?? defaultProblem(model));
    return topIndices(scores, topK).map((i) => ({ label: labels[i]!, score: scores[i]! }));
  });
  return Array.isArray(input) ? results : results[0]!;
}

/** Logits of a sequence classifier for each input: `[labels]`. */
export async function classifierLogits(
  model: EncoderModel,
  task: string,
  inputs: readonly TextInput[],
  options: TextOptions,
): Promise<Float32Array[]> {
  model.requireHead('sequenceClassification');
  const { truncation = 'longestFirst' } = options;
  const sequences = inputs.map((input, i) => {
    if (typeof input === 'string') return model.tokenize(input, { truncation });
    if (typeof input !== 'object' || input === null) {
      throw new ConfigError(
        `${task}: expected a string or { text, pair }, got ${typeof input} at index ${i}`,
      );
    }
    requireText(task, 'text', input.text);
    requireText(task, 'pair', input.pair);
    return model.tokenize(input.text, { pair: input.pair, truncation });
  });
  const outputs = await model.run(sequences, { kind: 'sequenceClassification' }, runOptionsOf(options));
  return outputs.map(({ data }) => data);
}

/** As in Hugging Face's pipelines: sigmoid for a single label, although config.json calls it a regression. */
function defaultProblem({ config }: EncoderModel): ProblemType {
  return config.labels.length === 1 ? 'multiLabel' : config.problemType;
}

function scoresOf(logits: Float32Array, problem: ProblemType): number[] {
  switch (problem) {
    case 'singleLabel':
      return softmax(logits);
    case 'multiLabel':
      return Array.from(logits, sigmoid);
    case 'regression':
      return [...logits];
  }
}
