import type { Attention } from '../lib/attention.ts';

/** Layer and head index, from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

/** Properties of the loaded model. */
export interface ModelInfo {
  readonly backend: string;
  readonly layers: number;
  readonly heads: number;
  readonly hiddenSize: number;
}

/** Download progress over all of the model's files, in bytes. */
export interface LoadProgress {
  readonly loaded: number;
  /** Undefined until the size of the weights, by far the largest file, is known. */
  readonly total: number | undefined;
  readonly cached: boolean;
  /** All files are loaded; the model is being built. */
  readonly done: boolean;
}

/** The result of one forward pass. */
export interface SentenceTrace {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  /** Number of tokens of the whole text; above that of `tokens` if the model does not read the end. */
  readonly totalTokens: number;
  /** The end of the text that the model does not read; '' for a text that it reads as a whole. */
  readonly unread: string;
  readonly attention: Attention;
  /** The sentence embedding, L2-normalised. */
  readonly embedding: Float32Array;
  /** The silenced heads of this pass. */
  readonly silenced: readonly HeadId[];
  /** Cosine with the embedding of the full model; 1 when no head is silenced. */
  readonly cosineToBaseline: number;
  /** Time of the forward pass that computed the attention maps. */
  readonly milliseconds: number;
}

/** The comparison of two sentences. */
export interface Comparison {
  readonly texts: readonly [string, string];
  readonly embeddings: readonly [Float32Array, Float32Array];
  readonly cosine: number;
  readonly milliseconds: number;
}

/** The calls of the page to the engine. */
export interface Engine {
  load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo>;
  trace(text: string, silenced: readonly HeadId[]): Promise<SentenceTrace>;
  compare(a: string, b: string): Promise<Comparison>;
  /** For each head of a layer: cosine between the embeddings of the full model and of the model without that head. */
  ablateHeads(text: string, layer: number): Promise<readonly number[]>;
}
