import { createBackend, silence } from '@headwise/core';
import {
  type DecodeBatch,
  type DecoderEngine,
  decoderFromCheckpoint,
  LocalDecoderEngine,
  openGenerator,
  parseDecoderConfig,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '@headwise/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ShardedDecoderEngine } from '../src/coordinator/sharded-decoder.ts';
import { serveShard } from '../src/shard.ts';
import { expectClose } from './helpers/compare.ts';
import { localShard, type Start } from './helpers/local-shard.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

/** The new tokens of a sequence. */
interface NewTokens {
  readonly ids: readonly number[];
  readonly slot?: number;
  readonly start?: number;
}

function batchOf(...sequences: readonly NewTokens[]): DecodeBatch {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { ids }] of sequences.entries()) offsets[s + 1] = offsets[s]! + ids.length;
  return {
    ids: Int32Array.from(sequences.flatMap(({ ids }) => ids)),
    offsets,
    slots: Int32Array.from(sequences, ({ slot = 0 }) => slot),
    starts: Int32Array.from(sequences, ({ start = 0 }) => start),
  };
}

const sourceOf = (ids: readonly number[]) => ({
  ids: Int32Array.from(ids),
  typeIds: new Int32Array(ids.length),
  offsets: Int32Array.of(0, ids.length),
});

const LONG = [5, 17, 40, 9, 33, 21, 50, 8];
const SHORT = [12, 44, 7];

let sharded: ShardedDecoderEngine;
let local: DecoderEngine;
let shards: Start[];

const close = (index: number) => shards.findLast(({ shard }) => shard.index === index)!.control.close();

/** Closes the port of a shard, as when a worker dies, and waits for its replacement. */
async function endShard(index: number): Promise<void> {
  const before = shards.length;
  close(index);
  await expect.poll(() => shards.length).toBe(before + 1);
}

const workers = (count: number) => ({
  ...({ workers: count, transport: 'messages', backend: 'wasm-simd', dtype: 'f32' } as const),
  spawn: () =>
    localShard((start) => {
      shards.push(start);
      serveShard(start);
    }),
});

async function openDecoders(name: string): Promise<void> {
  const { configJson, checkpoint } = await openGenerator('test', 'causalLM', decoderFiles(name), {});
  const config = parseDecoderConfig(configJson);
  const backend = await createBackend('wasm-simd');
  local = new LocalDecoderEngine(backend, await decoderFromCheckpoint(config, checkpoint, backend));
  sharded = await ShardedDecoderEngine.start({ kind: 'decoder', config }, checkpoint, workers(3));
}

async function openSeq2Seqs(name: string): Promise<void> {
  const { configJson, checkpoint } = await openGenerator('test', 'seq2seqLM', seq2seqFiles(name), {});
  const config = parseSeq2SeqConfig(configJson);
  const backend = await createBackend('wasm-simd');
  local = new LocalDecoderEngine(backend, await seq2SeqFromCheckpoint(config, checkpoint, backend));
  sharded = await ShardedDecoderEngine.start({ kind: 'seq2seq', config }, checkpoint, workers(2));
}

beforeEach(() => {
  shards = [];
});
afterEach(async () => {
  await sharded.dispose();
  await local.dispose();
});

/** Opens a session of each engine and returns functions that call both and compare the results. */
async function openBoth(slots: number, capacity = 24) {
  const [shardedSession, localSession] = [
    await sharded.openSession({ slots, capacity }),
    await local.openSession({ slots, capacity }),
  ];
  return {
    session: shardedSession,
    async decode(batch: DecodeBatch, options: Parameters<typeof shardedSession.decode>[1] = {}) {
      const [a, b] = [await shardedSession.decode(batch, options), await localSession.decode(batch, options)];
      expect(a.logits.shape).toEqual(b.logits.shape);
      expectClose(a.logits.data, b.logits.data);
    },
    async encodeSource(source: readonly number[], slot: number) {
      for (const session of [shardedSession, localSession])
        await session.encodeSource(sourceOf(source), Int32Array.of(slot));
    },
    /** Decodes in the local session only. */
    decodeLocally: (batch: DecodeBatch, options: Parameters<typeof shardedSession.decode>[1] = {}) =>
      localSession.decode(batch, options),
  };
}

describe('a sharded session', () => {
  test('gives the logits of one thread for batches, copies and rows', async () => {
    await openDecoders('llama');
    const { decode } = await openBoth(3);
    await decode(batchOf({ ids: LONG, slot: 1 }, { ids: SHORT, slot: 0 }));
    await decode(batchOf({ ids: [3], slot: 0, start: 3 }, { ids: [4, 5], slot: 1, start: 8 }));
    await decode(batchOf({ ids: [11], slot: 2, start: 6 }), { copies: [{ from: 1, to: 2, length: 6 }] });
    const swap = [
      { from: 0, to: 1, length: 4 },
      { from: 1, to: 0, length: 10 },
    ];
    await decode(batchOf({ ids: [9], slot: 0, start: 10 }, { ids: [10], slot: 1, start: 4 }), {
      copies: swap,
    });
    await decode(batchOf({ ids: LONG, slot: 1, start: 2 }), { rows: Int32Array.of(0, 3, 7) });
  });

  test('rejects invalid calls without changing the slots', async () => {
    await openDecoders('llama');
    await expect(sharded.openSession({ slots: 0, capacity: 5 })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    await expect(sharded.openSession({ slots: 1, capacity: 1e6 })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    const { session, decode } = await openBoth(2);
    await decode(batchOf({ ids: SHORT }));
    const shape = { code: 'ERR_SHAPE' };
    await expect(session.decode(batchOf({ ids: SHORT, start: 9 }))).rejects.toMatchObject(shape);
    await expect(session.decode(batchOf({ ids: SHORT, slot: 2 }))).rejects.toMatchObject(shape);
    await expect(session.decode(batchOf({ ids: [1e6] }))).rejects.toMatchObject(shape);
    await expect(session.encodeSource(sourceOf(SHORT), Int32Array.of(0))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    await decode(batchOf({ ids: SHORT, start: 3 }));
  });

  test('may be closed repeatedly, without an effect on other sessions', async () => {
    await openDecoders('qwen3');
    const [first, second] = [await openBoth(1), await openBoth(2)];
    await first.decode(batchOf({ ids: SHORT }));
    await first.session.close();
    await first.session.close();
    await expect(first.session.decode(batchOf({ ids: SHORT }))).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
    await second.decode(batchOf({ ids: LONG, slot: 1 }));
    await sharded.dispose();
    await expect(second.session.decode(batchOf({ ids: SHORT }))).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
    await second.session.close();
    await expect(sharded.openSession({ slots: 1, capacity: 4 })).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
  });
});

describe('a session that has lost a shard', () => {
  test('recomputes the keys and values that a call needs', async () => {
    await openDecoders('llama');
    const { decode } = await openBoth(3);
    await decode(batchOf({ ids: LONG, slot: 1 }, { ids: SHORT, slot: 0 }));
    await endShard(1);
    await decode(batchOf({ ids: [3], slot: 0, start: 3 }));
    // The other slot is recomputed up to the start of the sequence.
    await decode(batchOf({ ids: [4, 5], slot: 1, start: 6 }));
    await endShard(0);
    await endShard(2);
    await decode(batchOf({ ids: [11], slot: 2, start: 7 }), { copies: [{ from: 1, to: 2, length: 7 }] });
    await decode(batchOf({ ids: [12], slot: 1, start: 7 }, { ids: [13], slot: 2, start: 8 }));
    expect(shards).toHaveLength(6);
  });

  test('rejects the running call and keeps the tokens before it', async () => {
    await openDecoders('gpt2');
    const { session, decode } = await openBoth(2);
    await decode(batchOf({ ids: LONG }, { ids: SHORT, slot: 1 }));
    const hooks = { 'blocks.1.attention.output': () => close(1) };
    const failing = session.decode(batchOf({ ids: [1, 2], start: 6 }), { hooks });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'died', worker: 1 });
    // The tokens before the failed call in its slot, and all tokens of the other slot.
    await decode(batchOf({ ids: [1, 2], start: 6 }, { ids: [3], slot: 1, start: 3 }));
  });

  test('rejects with reason lost when hooks changed the lost keys and values', async () => {
    await openDecoders('llama');
    const { session, decode, decodeLocally } = await openBoth(2);
    const hooks = { 'blocks.0.attention.heads.1.context': silence() };
    await decode(batchOf({ ids: SHORT }, { ids: SHORT, slot: 1 }));
    await decode(batchOf({ ids: LONG, start: 3 }), { hooks });
    await endShard(0);
    const lost = session.decode(batchOf({ ids: [9], start: 5 }));
    await expect(lost).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'lost' });
    await expect(
      session.decode(batchOf({ ids: [9], slot: 1, start: 5 }), { copies: [{ from: 0, to: 1, length: 5 }] }),
    ).rejects.toMatchObject({ reason: 'lost' });
    // The tokens before the hooks, and other slots, can be recomputed.
    await decode(batchOf({ ids: [9], start: 3 }));
    await decode(batchOf({ ids: [9], slot: 1, start: 3 }));
    await decodeLocally(batchOf({ ids: [1] }));
    await decode(batchOf({ ids: LONG }));
    // Tokens without hooks after tokens with hooks cannot be recomputed either, also not those of a copied slot.
    await decode(batchOf({ ids: SHORT, slot: 1 }), { hooks });
    await decode(batchOf({ ids: LONG, slot: 1, start: 3 }));
    await decode(batchOf({ ids: [9], slot: 0, start: 11 }), { copies: [{ from: 1, to: 0, length: 11 }] });
    await endShard(1);
    for (const slot of [0, 1]) {
      const after = session.decode(batchOf({ ids: [9], slot, start: 11 }));
      await expect(after).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'lost' });
    }
  });

  test('recomputes sources', async () => {
    await openSeq2Seqs('t5');
    const { session, decode, encodeSource } = await openBoth(3);
    await encodeSource(LONG, 0);
    await encodeSource(SHORT, 1);
    await decode(batchOf({ ids: [1, 2, 3] }, { ids: [1], slot: 1 }));
    await endShard(1);
    await decode(batchOf({ ids: [4], start: 3 }, { ids: [5, 6], slot: 1, start: 1 }));
    await endShard(0);
    await decode(batchOf({ ids: [7], slot: 2, start: 2 }), { copies: [{ from: 1, to: 2, length: 2 }] });
    await endShard(0);
    // A source without tokens.
    await encodeSource([30, 31], 2);
    await endShard(1);
    await decode(batchOf({ ids: [1, 2], slot: 2 }));
    const hooks = { 'encoder.blocks.0.attention.heads.0.context': silence() };
    await session.encodeSource(sourceOf(SHORT), Int32Array.of(0), { hooks });
    await endShard(1);
    await expect(session.decode(batchOf({ ids: [1] }))).rejects.toMatchObject({ reason: 'lost' });
  });

  test('leaves a slot without a source when encoding its source fails', async () => {
    await openSeq2Seqs('bart');
    const { session, decode, encodeSource } = await openBoth(2);
    await encodeSource(LONG, 0);
    await encodeSource(SHORT, 1);
    await decode(batchOf({ ids: [1, 2] }, { ids: [1], slot: 1 }));
    const hooks = { 'encoder.blocks.0.attention.output': () => close(1) };
    const failing = session.encodeSource(sourceOf(SHORT), Int32Array.of(0), { hooks });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WORKER' });
    await expect(session.decode(batchOf({ ids: [1] }))).rejects.toThrow(/source/);
    await decode(batchOf({ ids: [3], slot: 1, start: 1 }));
    await encodeSource(SHORT, 0);
    await decode(batchOf({ ids: [1] }));
  });
});
