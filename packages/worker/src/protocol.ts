import type {
  BackendChoice,
  DecodeBatch,
  DecoderConfig,
  EncodeOutput,
  EncoderConfig,
  OutputRequest,
  Seq2SeqConfig,
  Shard,
  ShardPlacement,
  SlotCopy,
  TensorData,
  TensorInfo,
  TensorSlice,
  TokenBatch,
  WeightType,
} from '@headwise/core';
import type { Outcome } from './wire/outcome.ts';

// What goes over the wire, apart from the code that sends it. All of it is plain data and typed arrays.

/** How shards send one another their parts of a sum: as messages, or through memory that all of them see. */
export type Transport = 'messages' | 'shared';

/** The first message to a worker. */
export interface StartMessage {
  readonly shard: Shard;
  readonly transport: Transport;
  /** Calls from the main thread to the worker ({@link ShardApi}). */
  readonly control: MessagePort;
  /** Calls from the worker to the main thread ({@link CoordinatorApi}). */
  readonly coordinator: MessagePort;
  /** To every other shard, in order of their indices; `null` at the own one, and everywhere if memory is shared. */
  readonly peers: readonly (MessagePort | null)[];
}

/** What kind of model to load, and how it is built. */
export type ModelPlan = { readonly kind: 'encoder'; readonly config: EncoderConfig } | GeneratorPlan;

/** A decoder, or an encoder–decoder. */
export type GeneratorPlan =
  | { readonly kind: 'decoder'; readonly config: DecoderConfig }
  | { readonly kind: 'seq2seq'; readonly config: Seq2SeqConfig };

export interface LoadMessage {
  readonly model: ModelPlan;
  readonly backend: BackendChoice;
  /** How each shard keeps its weights. */
  readonly dtype: WeightType;
  readonly tensors: readonly (readonly [name: string, info: TensorInfo])[];
}

/** What a worker holds once it has loaded. */
export interface LoadedShard {
  readonly backend: string;
  /** Bytes of weights. */
  readonly weightBytes: number;
  /** Bytes of memory for weights and activations, used or not. */
  readonly memoryBytes: number;
}

/** What every call begins with. */
export interface CallHead {
  /** Numbers the calls, so that what belongs to an earlier, failed one is told apart. */
  readonly call: number;
  /** Patterns of activations that a hook may replace: the worker waits for the answer. */
  readonly hooked: readonly string[];
  /** Patterns of activations that are only recorded: the worker sends them and goes on. */
  readonly recorded: readonly string[];
  /** Where parts are exchanged, if memory is shared: see `sum-memory.ts`. Absent if it is the one of the call before. */
  readonly memory?: SharedArrayBuffer;
}

export interface EncodeMessage extends CallHead {
  readonly batch: TokenBatch;
  /** What to compute; the engine's default if absent. */
  readonly outputs: readonly OutputRequest[] | undefined;
}

/** A cache of keys and values: each shard has its own heads' part of it. */
export interface SessionMessage {
  /** Numbers the sessions of a model. */
  readonly session: number;
  readonly slots: number;
  readonly capacity: number;
}

export interface DecodeMessage extends CallHead {
  readonly session: number;
  readonly batch: DecodeBatch;
  /** Rows of the batch whose logits are wanted; the engine's default if absent. */
  readonly rows: Int32Array | undefined;
  readonly copies: readonly SlotCopy[] | undefined;
}

export interface EncodeSourceMessage extends CallHead {
  readonly session: number;
  readonly batch: TokenBatch;
  readonly slots: Int32Array;
}

/** An activation, or a shard's part of it, on its way to those who watch it. */
export interface ShownActivation {
  readonly name: string;
  readonly shape: readonly number[];
  /** Absent if every shard has the same and another one shows it: this one only waits for what replaces it. */
  readonly data: Float32Array | undefined;
  readonly held: ShardPlacement;
}

/** What the main thread may ask of a worker. */
export interface ShardApi {
  load(message: LoadMessage): Promise<Outcome<LoadedShard>>;
  /** What was asked for, from the first shard; the others have none. */
  encode(message: EncodeMessage): Promise<Outcome<readonly EncodeOutput[]>>;
  openSession(message: SessionMessage): Promise<Outcome<null>>;
  /** The logits of the shard's share of the vocabulary. */
  decode(message: DecodeMessage): Promise<Outcome<EncodeOutput>>;
  encodeSource(message: EncodeSourceMessage): Promise<Outcome<null>>;
  /** Frees a session, if the shard has it. */
  closeSession(session: number): Promise<Outcome<null>>;
  /** Ends this call, and any before it, at its next step. */
  cancel(call: number): void;
  /** Brings the port to a shard that took the place of one that failed. */
  connect(index: number, port: MessagePort): void;
}

/** What a worker may ask of the main thread. */
export interface CoordinatorApi {
  readTensor(name: string, slice: TensorSlice | undefined): Promise<Outcome<TensorData>>;
  /** Shows an activation; answers with what replaces it, if anything. */
  show(call: number, shard: number, activation: ShownActivation): Promise<Outcome<Float32Array | undefined>>;
}

/** The functions by name: nothing else can be called over the wire. */
export const SHARD_CALLS: readonly (keyof ShardApi)[] = [
  'load',
  'encode',
  'openSession',
  'decode',
  'encodeSource',
  'closeSession',
  'cancel',
  'connect',
];
export const COORDINATOR_CALLS: readonly (keyof CoordinatorApi)[] = ['readTensor', 'show'];

/** What shards send one another if they do so by messages: one's part of a sum. */
export interface PeerMessage {
  readonly call: number;
  readonly round: number;
  readonly partial: Float32Array;
}
