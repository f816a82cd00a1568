import type {
  BackendChoice,
  EncoderConfig,
  Held,
  Shard,
  TensorData,
  TensorInfo,
  TensorSlice,
  TokenBatch,
} from '@headwise/core';
import type { PlainError } from './errors.ts';

// What goes over the wire, apart from the code that sends it. All of it is plain data and typed arrays.

/** The first message to a worker. */
export interface StartMessage {
  readonly shard: Shard;
  /** Calls from the main thread to the worker ({@link ShardApi}). */
  readonly control: MessagePort;
  /** Calls from the worker to the main thread ({@link CoordinatorApi}). */
  readonly coordinator: MessagePort;
  /** To every other shard, in order of their indices; `null` at the own one. */
  readonly peers: readonly (MessagePort | null)[];
}

export interface LoadMessage {
  readonly config: EncoderConfig;
  readonly backend: BackendChoice;
  readonly tensors: readonly (readonly [name: string, info: TensorInfo])[];
}

export interface EncodeMessage {
  /** Numbers the calls, so that what belongs to an earlier, failed one is told apart. */
  readonly call: number;
  readonly batch: TokenBatch;
  /** Patterns of activations that somebody watches. */
  readonly watched: readonly string[];
}

/** A call's outcome. Errors travel as data: comlink alone would keep no more of them than their message. */
export type Outcome<T> = { readonly value: T } | { readonly error: PlainError };

/** What the main thread may ask of a worker. */
export interface ShardApi {
  load(message: LoadMessage): Promise<Outcome<{ backend: string; weightBytes: number }>>;
  /** The embeddings `[batch, hiddenSize]`, from the first shard only: all have the same. */
  encode(message: EncodeMessage): Promise<Outcome<Float32Array | undefined>>;
  cancel(call: number): void;
}

/** What a worker may ask of the main thread. */
export interface CoordinatorApi {
  readTensor(name: string, slice: TensorSlice | undefined): Promise<Outcome<TensorData>>;
  /** Shows an activation, or a shard's part of it, to those who watch it; answers with what replaces it, if anything. */
  show(
    call: number,
    shard: number,
    activation: { name: string; shape: readonly number[]; data: Float32Array; held: Held },
  ): Promise<Outcome<Float32Array | undefined>>;
}

/** What shards send one another. */
export type PeerMessage =
  | { readonly call: number; readonly round: number; readonly partial: Float32Array }
  | { readonly call: number; readonly failed: true };
