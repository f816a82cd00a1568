import type { ModelPool } from '../pool/model-pool.ts';
import type { LoadedModel } from '../protocol.ts';

/** A model that is served. */
export interface Served {
  readonly pool: ModelPool;
  /** Whether the first features of its embeddings are embeddings too. */
  readonly isMatryoshka: boolean;
}

/** What a model is for. */
export type ServedKind = 'encoder' | 'generator' | 'speech';

/** What the endpoints use of the service. */
export interface ServedModels {
  /** The model of a request. Throws `RequestError`: 404 if there is none of this name, 400 if it is of another kind. */
  find(id: string, kind: ServedKind): Served;
}

/** A request to an endpoint. */
export interface Call {
  /** Its JSON or its form, unchecked. */
  readonly body: unknown;
  readonly service: ServedModels;
  /** Its client has gone. */
  readonly signal: AbortSignal;
  /** Counts tokens, for metrics and the log. */
  onUsage(model: string, promptTokens: number, completionTokens: number): void;
}

export function servedKind({ kind }: LoadedModel): ServedKind {
  return kind === 'encoder' || kind === 'speech' ? kind : 'generator';
}
