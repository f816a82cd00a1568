import type {
  BackendChoice,
  DecoderConfig,
  EncoderConfig,
  Seq2SeqConfig,
  TensorData,
  TensorInfo,
  TensorSlice,
  WeightType,
} from '@headwise/core';
import type {
  DecodeBatch,
  EncodeOutput,
  OutputRequest,
  Shard,
  ShardPlacement,
  SlotCopy,
  SpeechConfig,
  TokenBatch,
} from '@headwise/core/internal';
import type { Outcome } from './wire/outcome.ts';
import type { StartApi } from './wire/start.ts';

// The messages between the main thread (the coordinator) and the shards. All of them are plain data and typed arrays.

/** How shards exchange partial sums: as messages, or through shared memory. */
export type Transport = 'messages' | 'shared';

/** The first message to a worker. */
export interface StartMessage {
  readonly shard: Shard;
  readonly transport: Transport;
  /** Calls from the main thread to the worker ({@link ShardApi}). */
  readonly control: MessagePort;
  /** Calls from the worker to the main thread ({@link CoordinatorApi}). */
  readonly coordinator: MessagePort;
  /** Ports to the other shards, by index; `null` at the shard's own index, and everywhere with shared memory. */
  readonly peers: readonly (MessagePort | null)[];
}

/** Kind and configuration of the model to load. */
export type ModelPlan = { readonly kind: 'encoder'; readonly config: EncoderConfig } | GeneratorPlan;

/** A decoder, or an encoder–decoder. */
export type GeneratorPlan =
  | { readonly kind: 'decoder'; readonly config: DecoderConfig }
  | { readonly kind: 'seq2seq'; readonly config: Seq2SeqConfig | SpeechConfig };

export interface LoadMessage {
  readonly model: ModelPlan;
  readonly backend: BackendChoice;
  /** Whether kernels have tiles of 256 bits. */
  readonly wide: boolean;
  /** Type in which each shard keeps its weights. */
  readonly dtype: WeightType;
  readonly tensors: readonly (readonly [name: string, info: TensorInfo])[];
}

/** Reported by a worker that has loaded its weights. */
export interface LoadedShard {
  readonly backend: string;
  /** Bytes of weights. */
  readonly weightBytes: number;
  /** Bytes allocated for weights and activations. */
  readonly memoryBytes: number;
}

/** Fields of every forward pass. */
export interface CallHeader {
  /** Sequence number of the call, by which late messages of cancelled calls are recognised. */
  readonly call: number;
  /** Patterns of activations that hooks may replace: the worker waits for the response. */
  readonly hooked: readonly string[];
  /** Patterns of activations that are only recorded: the worker sends them and continues. */
  readonly recorded: readonly string[];
  /** Whether the call has a signal: a worker that sums nothing then lets messages in now and then. */
  readonly cancellable: boolean;
  /** Whether the worker reports how long its parts took. */
  readonly timed: boolean;
  /** New memory for sums (see `sum-memory.ts`), with shared memory. Absent: that of the previous call. */
  readonly memory?: SharedArrayBuffer;
}

export interface EncodeMessage extends CallHeader {
  readonly batch: TokenBatch;
  /** Default: one mean-pooled embedding per sequence. */
  readonly outputs: readonly OutputRequest[] | undefined;
}

/** A session: a key-value cache, of which each shard holds the part of its own heads. */
export interface SessionMessage {
  /** Sequence number of the session. */
  readonly session: number;
  readonly slots: number;
  readonly capacity: number;
}

export interface DecodeMessage extends CallHeader {
  readonly session: number;
  readonly batch: DecodeBatch;
  /** Rows of the batch to compute logits of. Default: the last row of each sequence. */
  readonly rows: Int32Array | undefined;
  readonly copies: readonly SlotCopy[] | undefined;
}

export interface EncodeSourceMessage extends CallHeader {
  readonly session: number;
  readonly batch: TokenBatch;
  readonly slots: Int32Array;
}

/** An activation that matches a hook or a recording, or a shard's slice of it. */
export interface ActivationMessage {
  readonly name: string;
  readonly shape: readonly number[];
  /** Absent if the activation is replicated and another shard sends it: this shard only waits for the response. */
  readonly data: Float32Array | undefined;
  readonly placement: ShardPlacement;
}

/** What a worker did for a while in a call. */
export interface ShardSpan {
  readonly layer: number | undefined;
  readonly part: SpanPart;
  /** Milliseconds since 1970, with fractions: threads differ in where `performance.now()` begins. */
  readonly start: number;
  readonly end: number;
}

/**
 * What a worker does: a half of a block (in blocks whose halves are computed at the same time, `block`), what comes before or after the blocks, or
 * `exchange`, which is sending its partial sum, waiting for those of the others, and adding them.
 */
export type SpanPart =
  | 'embeddings'
  | 'attention'
  | 'crossAttention'
  | 'feedForward'
  | 'block'
  | 'output'
  | 'exchange';

/** Functions of a worker that the main thread calls. */
export interface ShardApi extends StartApi {
  load(message: LoadMessage): Promise<Outcome<LoadedShard>>;
  /** Resolves to the outputs on the first shard, and to an empty array on the others. */
  encode(message: EncodeMessage): Promise<Outcome<readonly EncodeOutput[]>>;
  openSession(message: SessionMessage): Promise<Outcome<null>>;
  /** Resolves to the logits of the shard's range of the vocabulary. */
  decode(message: DecodeMessage): Promise<Outcome<EncodeOutput>>;
  encodeSource(message: EncodeSourceMessage): Promise<Outcome<null>>;
  /** Releases a session. Has no effect if the session is not open. */
  closeSession(session: number): Promise<Outcome<null>>;
  /** Cancels this and all earlier calls, at their next step. */
  cancel(call: number): void;
  /** Replaces the port to the shard at `index`, whose worker was replaced. */
  connect(index: number, port: MessagePort): void;
}

/** Functions of the main thread that a worker calls. */
export interface CoordinatorApi {
  readTensor(name: string, slice: TensorSlice | undefined): Promise<Outcome<TensorData>>;
  /** Passes an activation to hooks and recordings. Resolves to its replacement, if a hook returned one. */
  reportActivation(
    call: number,
    shard: number,
    activation: ActivationMessage,
  ): Promise<Outcome<Float32Array | undefined>>;
  /** Reports what the worker did in a call that is about to end. */
  reportSpans(call: number, shard: number, spans: readonly ShardSpan[]): Promise<Outcome<null>>;
}

/** Names of the functions that may be called; all other calls are protocol errors. */
export const SHARD_CALLS: readonly (keyof ShardApi)[] = [
  'ping',
  'load',
  'encode',
  'openSession',
  'decode',
  'encodeSource',
  'closeSession',
  'cancel',
  'connect',
];
export const COORDINATOR_CALLS: readonly (keyof CoordinatorApi)[] = [
  'readTensor',
  'reportActivation',
  'reportSpans',
];

/** A partial sum, or a range of one, from shard to shard. */
export interface PeerMessage {
  readonly call: number;
  readonly round: number;
  readonly partial: Float32Array;
}
