import type { LabelScore } from '../tasks/encoder/classify.ts';
import type { Aggregation } from '../tasks/encoder/entities.ts';
import type { TextInput } from '../tasks/inputs.ts';
import type { FeatureTensor } from './feature-tensor.ts';

/** Options of every call. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface FeatureExtractionOptions extends CallOptions {
  /** How token vectors become one: their mean, the first or the last token's. Default: `none`, a vector for each token. */
  pooling?: 'none' | 'mean' | 'cls' | 'first_token' | 'eos' | 'last_token';
  /** Divides each vector by its Euclidean norm. Default: false. */
  normalize?: boolean;
}

/** `[texts, features]`, or `[texts, tokens, features]` without pooling, where shorter texts are padded with zeros. */
export type FeatureExtraction = (
  texts: string | readonly string[],
  options?: FeatureExtractionOptions,
) => Promise<FeatureTensor>;

export interface TextClassificationOptions extends CallOptions {
  /** Number of labels; null for all. Default: 1. */
  top_k?: number | null;
}

export interface TextClassification {
  (text: TextInput, options?: TextClassificationOptions): Promise<LabelScore[]>;
  /** One label for each text. */
  (texts: readonly TextInput[], options?: TextClassificationOptions & { top_k?: 1 }): Promise<LabelScore[]>;
  /** The labels of each text. */
  (texts: readonly TextInput[], options: TextClassificationOptions): Promise<LabelScore[][]>;
}

export interface TokenClassificationOptions extends CallOptions {
  /** Default: `['O']`, tokens outside of entities. */
  ignore_labels?: readonly string[];
  /** How tokens are grouped into entities. Default: `none`. */
  aggregation_strategy?: Aggregation;
}

/** A labelled token, or with an `aggregation_strategy` a labelled span. */
export interface TokenLabel {
  /** Label of a token, with its `B-` or `I-`. */
  readonly entity?: string;
  /** Label of a span. */
  readonly entity_group?: string;
  readonly score: number;
  /** Index of the token among those of the text. */
  readonly index?: number;
  /** The text from `start` to `end`, offsets in UTF-16 units. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export interface TokenClassification {
  (text: string, options?: TokenClassificationOptions): Promise<TokenLabel[]>;
  (texts: readonly string[], options?: TokenClassificationOptions): Promise<TokenLabel[][]>;
}

export interface QuestionAnsweringOptions extends CallOptions {
  /** Number of answers. Default: 1. */
  top_k?: number;
  /** Maximum length of an answer in tokens. Default: 15. */
  max_answer_length?: number;
}

/** A span of the context. */
export interface AnsweredQuestion {
  readonly answer: string;
  readonly score: number;
  /** Offsets in the context, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface QuestionAnswering {
  (
    question: string,
    context: string,
    options?: QuestionAnsweringOptions & { top_k?: 1 },
  ): Promise<AnsweredQuestion>;
  (question: string, context: string, options: QuestionAnsweringOptions): Promise<AnsweredQuestion[]>;
}

export interface FillMaskPipelineOptions extends CallOptions {
  /** Number of candidates. Default: 5. */
  top_k?: number;
}

/** A candidate for the first mask of a text. */
export interface FilledText {
  readonly score: number;
  /** Its id. */
  readonly token: number;
  readonly token_str: string;
  /** The text with the candidate in place of the mask. */
  readonly sequence: string;
}

export interface FillMask {
  (text: string, options?: FillMaskPipelineOptions): Promise<FilledText[]>;
  (texts: readonly string[], options?: FillMaskPipelineOptions): Promise<FilledText[][]>;
}

export interface ZeroShotClassificationOptions extends CallOptions {
  /** Default: `This example is {}.` */
  hypothesis_template?: string;
  /** Whether several labels may apply: each then gets an independent probability. Default: false. */
  multi_label?: boolean;
}

export interface ZeroShotLabels {
  readonly sequence: string;
  /** In descending order of score. */
  readonly labels: string[];
  readonly scores: number[];
}

export interface ZeroShotClassification {
  (
    text: string,
    candidateLabels: string | readonly string[],
    options?: ZeroShotClassificationOptions,
  ): Promise<ZeroShotLabels>;
  (
    texts: readonly string[],
    candidateLabels: string | readonly string[],
    options?: ZeroShotClassificationOptions,
  ): Promise<ZeroShotLabels[]>;
}
