import type { Activation } from '@headwise/core';
import {
  ArrayRow,
  type DecodeBatch,
  type DecodeCallOptions,
  type DecodeResult,
  type DecodeStepOptions,
  type EncodeOutput,
  shardRange,
  type TokenBatch,
} from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import type { SessionMessage } from '../protocol.ts';
import { isFloat32Array } from '../wire/is-float32-array.ts';
import type { ShardRequest } from './shard-call.ts';
import type { ShardWorker } from './shard-worker.ts';
import { joinSlices } from './slices.ts';

/** What all requests of a session share. */
export interface SessionContext {
  readonly message: SessionMessage;
  /** Workers in which the session is open. A replacement of a failed worker is not among them at first. */
  readonly openWorkers: WeakSet<ShardWorker>;
  readonly shards: number;
  readonly vocabSize: number;
  readonly hiddenSize: number;
}

/** A request to allocate the session's cache in the workers in which it is not open. */
export function openRequest(
  context: SessionContext,
  signal: AbortSignal | undefined,
): ShardRequest<null, void> {
  const { message, openWorkers } = context;
  return {
    signal,
    sumLength: 0,
    async send(api, _header, worker) {
      if (openWorkers.has(worker)) return { value: null };
      const outcome = await api.openSession(message);
      if ('value' in outcome) openWorkers.add(worker);
      return outcome;
    },
    isValid: isNull,
    combine: () => {},
  };
}

/** A request to release the session's cache. */
export function closeRequest({ message, openWorkers }: SessionContext): ShardRequest<null, void> {
  return {
    sumLength: 0,
    send: async (api, _header, worker) =>
      openWorkers.has(worker) ? api.closeSession(message.session) : { value: null },
    isValid: isNull,
    combine: () => {},
  };
}

/**
 * A request for logits `[rows, vocabSize]`: of `rows`, or of the last token of each sequence. Each shard computes those of its range of the
 * vocabulary.
 */
export function decodeRequest(
  context: SessionContext,
  batch: DecodeBatch,
  { rows, copies, hooks, record, signal }: DecodeStepOptions,
): ShardRequest<EncodeOutput, DecodeResult> {
  const { message, shards, vocabSize, hiddenSize } = context;
  const rowCount = rows?.length ?? batch.slots.length;
  const sliceOf = (index: number) => ({
    axis: 1,
    ...shardRange(vocabSize, { index, count: shards }),
    of: vocabSize,
  });
  return {
    ...{ hooks, record, signal },
    sumLength: batch.ids.length * hiddenSize,
    async send(api, header, worker) {
      assertSessionOpen(context, worker);
      return api.decode({ ...header, session: message.session, batch, rows, copies });
    },
    isValid(response, shard): response is EncodeOutput {
      const { data } = (response ?? {}) as Partial<EncodeOutput>;
      const { from, to } = sliceOf(shard);
      return isFloat32Array(data) && data.length === rowCount * (to - from);
    },
    combine(responses, recorded) {
      const slices = responses.map(({ data }, index) => ({ slice: sliceOf(index), data }));
      const shape = [rowCount, vocabSize];
      const data = slices.length === 1 ? slices[0]!.data : joinSlices(slices, shape, 1);
      const row = (i: number) => new ArrayRow(data.subarray(i * vocabSize, (i + 1) * vocabSize));
      return { logits: { shape, data }, row, recorded };
    },
  };
}

/** A request to encode the sources of these slots and to cache their keys and values. */
export function encodeSourceRequest(
  context: SessionContext,
  batch: TokenBatch,
  slots: Int32Array,
  { hooks, record, signal }: DecodeCallOptions,
): ShardRequest<null, { readonly recorded: ReadonlyMap<string, Activation> }> {
  return {
    ...{ hooks, record, signal },
    sumLength: batch.ids.length * context.hiddenSize,
    async send(api, header, worker) {
      assertSessionOpen(context, worker);
      return api.encodeSource({ ...header, session: context.message.session, batch, slots });
    },
    isValid: isNull,
    combine: (_responses, recorded) => ({ recorded }),
  };
}

function assertSessionOpen({ openWorkers }: SessionContext, worker: ShardWorker): void {
  if (openWorkers.has(worker)) return;
  throw new WorkerError('died', `worker ${worker.number.index} was replaced during the call`);
}

function isNull(response: unknown): response is null {
  return response === null;
}
