import type { Activation } from '@headwise/core';
import {
  type DecodeBatch,
  type DecodeCallOptions,
  type DecodeResult,
  type DecodeStepOptions,
  type EncodeOutput,
  shardRange,
  type TokenBatch,
} from '@headwise/core';
import { WorkerError } from '../errors.ts';
import type { SessionMessage } from '../protocol.ts';
import type { ShardRequest } from './shard-call.ts';
import type { ShardWorker } from './shard-worker.ts';
import { joinSlices } from './slices.ts';

/** What requests about a session have in common. */
export interface SessionContext {
  readonly message: SessionMessage;
  /** The workers that have their part of it. */
  readonly homes: WeakSet<ShardWorker>;
  readonly shards: number;
  readonly vocabSize: number;
  readonly hiddenSize: number;
}

/** Makes room for the session in the workers that have none. */
export function openRequest(
  context: SessionContext,
  signal: AbortSignal | undefined,
): ShardRequest<null, void> {
  const { message, homes } = context;
  return {
    signal,
    sumLength: 0,
    async send(api, _head, worker) {
      if (homes.has(worker)) return { value: null };
      const outcome = await api.openSession(message);
      if ('value' in outcome) homes.add(worker);
      return outcome;
    },
    isAnswer: isNull,
    combine: () => {},
  };
}

export function closeRequest({ message, homes }: SessionContext): ShardRequest<null, void> {
  return {
    sumLength: 0,
    send: async (api, _head, worker) =>
      homes.has(worker) ? api.closeSession(message.session) : { value: null },
    isAnswer: isNull,
    combine: () => {},
  };
}

/** Asks for the logits of the tokens in `rows`; each shard has those of its share of the vocabulary. */
export function decodeRequest(
  context: SessionContext,
  batch: DecodeBatch,
  { rows, copies, hooks, record, signal }: DecodeStepOptions,
): ShardRequest<EncodeOutput, DecodeResult> {
  const { message, shards, vocabSize, hiddenSize } = context;
  const height = rows?.length ?? batch.slots.length;
  const partOf = (index: number) => ({
    axis: 1,
    ...shardRange(vocabSize, { index, count: shards }),
    of: vocabSize,
  });
  return {
    ...{ hooks, record, signal },
    sumLength: batch.ids.length * hiddenSize,
    async send(api, head, worker) {
      checkHome(context, worker);
      return api.decode({ ...head, session: message.session, batch, rows, copies });
    },
    isAnswer(answer, shard): answer is EncodeOutput {
      const { data } = (answer ?? {}) as Partial<EncodeOutput>;
      const { from, to } = partOf(shard);
      return data instanceof Float32Array && data.length === height * (to - from);
    },
    combine(answers, recorded) {
      const parts = answers.map(({ data }, index) => ({ part: partOf(index), data }));
      const shape = [height, vocabSize];
      const data = parts.length === 1 ? parts[0]!.data : joinSlices(parts, shape, 1);
      return { logits: { shape, data }, recorded };
    },
  };
}

/** Has the shards read sources for these slots. */
export function encodeSourceRequest(
  context: SessionContext,
  batch: TokenBatch,
  slots: Int32Array,
  { hooks, record, signal }: DecodeCallOptions,
): ShardRequest<null, { readonly recorded: ReadonlyMap<string, Activation> }> {
  return {
    ...{ hooks, record, signal },
    sumLength: batch.ids.length * context.hiddenSize,
    async send(api, head, worker) {
      checkHome(context, worker);
      return api.encodeSource({ ...head, session: context.message.session, batch, slots });
    },
    isAnswer: isNull,
    combine: (_answers, recorded) => ({ recorded }),
  };
}

function checkHome({ homes }: SessionContext, worker: ShardWorker): void {
  if (homes.has(worker)) return;
  throw new WorkerError('died', `worker ${worker.number.index} was replaced in the middle of a call`);
}

function isNull(answer: unknown): answer is null {
  return answer === null;
}
