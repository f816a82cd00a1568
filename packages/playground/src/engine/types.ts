import type { Attention } from '../lib/attention.ts';

/** A head by its place in the model, both counted from 0. */
export interface HeadId {
  readonly layer: number;
  readonly head: number;
}

/** What the page shows of the model that was loaded. */
export interface ModelInfo {
  readonly backend: string;
  readonly layers: number;
  readonly heads: number;
  readonly hiddenSize: number;
}

/** Download progress over all of the model's files, in bytes. */
export interface LoadProgress {
  readonly loaded: number;
  /** Unknown until the weights, by far the largest file, have told their length. */
  readonly total: number | undefined;
  readonly cached: boolean;
  /** All has arrived; the model is being built. */
  readonly done: boolean;
}

/** One sentence read by the model. */
export interface Reading {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly attention: Attention;
  /** The sentence embedding, of length one. */
  readonly embedding: Float32Array;
  /** The heads that were silenced in this run. */
  readonly silenced: readonly HeadId[];
  /** Cosine of the embedding with the one that nothing was silenced for; 1 where nothing was. */
  readonly cosineToWhole: number;
  /** Time of the one forward pass that made the attention maps. */
  readonly milliseconds: number;
}

/** Two sentences compared. */
export interface Comparison {
  readonly texts: readonly [string, string];
  readonly embeddings: readonly [Float32Array, Float32Array];
  readonly cosine: number;
  readonly milliseconds: number;
}

/** What the page may ask of the engine, wherever it runs. */
export interface Engine {
  load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo>;
  read(text: string, silenced: readonly HeadId[]): Promise<Reading>;
  compare(a: string, b: string): Promise<Comparison>;
  /** For each head of a layer: cosine of the whole model's embedding with that of the model without the head. */
  silenceEach(text: string, layer: number): Promise<readonly number[]>;
}
