import {
  createBackend,
  type DecodeBatch,
  type DecoderEngine,
  LocalDecoderEngine,
  loadDecoder,
  loadSeq2Seq,
  openGenerator,
  parseDecoderConfig,
  parseSeq2SeqConfig,
  silence,
} from '@headwise/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ShardedDecoderEngine } from '../src/coordinator/sharded-decoder.ts';
import { serveShard } from '../src/shard.ts';
import { expectClose } from './helpers/compare.ts';
import { localShard, type Start } from './helpers/local-shard.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

/** The new tokens of a sequence. */
interface News {
  readonly ids: readonly number[];
  readonly slot?: number;
  readonly start?: number;
}

function batchOf(...sequences: readonly News[]): DecodeBatch {
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

let ours: ShardedDecoderEngine;
let theirs: DecoderEngine;
let shards: Start[];

const close = (index: number) => shards.findLast(({ shard }) => shard.index === index)!.control.close();

/** Ends a shard as a worker that dies does, and waits until another is in its place. */
async function end(index: number): Promise<void> {
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
  const { configJson, checkpoint } = await openGenerator(decoderFiles(name));
  const config = parseDecoderConfig(configJson);
  const backend = await createBackend('wasm-simd');
  theirs = new LocalDecoderEngine(backend, await loadDecoder(config, checkpoint, backend));
  ours = await ShardedDecoderEngine.start({ kind: 'decoder', config }, checkpoint, workers(3));
}

async function openSeq2Seqs(name: string): Promise<void> {
  const { configJson, checkpoint } = await openGenerator(seq2seqFiles(name));
  const config = parseSeq2SeqConfig(configJson);
  const backend = await createBackend('wasm-simd');
  theirs = new LocalDecoderEngine(backend, await loadSeq2Seq(config, checkpoint, backend));
  ours = await ShardedDecoderEngine.start({ kind: 'seq2seq', config }, checkpoint, workers(2));
}

beforeEach(() => {
  shards = [];
});
afterEach(async () => {
  await ours.dispose();
  await theirs.dispose();
});

/** Both engines' sessions, to which the same is done. */
async function openBoth(slots: number, capacity = 24) {
  const [own, other] = [
    await ours.openSession({ slots, capacity }),
    await theirs.openSession({ slots, capacity }),
  ];
  return {
    own,
    async decode(batch: DecodeBatch, options: Parameters<typeof own.decode>[1] = {}) {
      const [a, b] = [await own.decode(batch, options), await other.decode(batch, options)];
      expect(a.logits.shape).toEqual(b.logits.shape);
      expectClose(a.logits.data, b.logits.data);
    },
    async encodeSource(source: readonly number[], slot: number) {
      for (const session of [own, other]) await session.encodeSource(sourceOf(source), Int32Array.of(slot));
    },
    /** Only to the one that has to do without. */
    skip: (batch: DecodeBatch, options: Parameters<typeof own.decode>[1] = {}) =>
      other.decode(batch, options),
  };
}

describe('a session over shards', () => {
  test('gives the logits of one thread for whatever a session can be asked', async () => {
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

  test('refuses what cannot be, and stays as it was', async () => {
    await openDecoders('llama');
    await expect(ours.openSession({ slots: 0, capacity: 5 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await expect(ours.openSession({ slots: 1, capacity: 1e6 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    const { own, decode } = await openBoth(2);
    await decode(batchOf({ ids: SHORT }));
    const shape = { code: 'ERR_SHAPE' };
    await expect(own.decode(batchOf({ ids: SHORT, start: 9 }))).rejects.toMatchObject(shape);
    await expect(own.decode(batchOf({ ids: SHORT, slot: 2 }))).rejects.toMatchObject(shape);
    await expect(own.decode(batchOf({ ids: [1e6] }))).rejects.toMatchObject(shape);
    await expect(own.encodeSource(sourceOf(SHORT), Int32Array.of(0))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    await decode(batchOf({ ids: SHORT, start: 3 }));
  });

  test('can be closed, and closed again; others go on', async () => {
    await openDecoders('qwen3');
    const [first, second] = [await openBoth(1), await openBoth(2)];
    await first.decode(batchOf({ ids: SHORT }));
    await first.own.close();
    await first.own.close();
    await expect(first.own.decode(batchOf({ ids: SHORT }))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await second.decode(batchOf({ ids: LONG, slot: 1 }));
    await ours.dispose();
    await expect(second.own.decode(batchOf({ ids: SHORT }))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await second.own.close();
    await expect(ours.openSession({ slots: 1, capacity: 4 })).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('a shard that is gone', () => {
  test('has what is needed read again by the one in its place, and no more', async () => {
    await openDecoders('llama');
    const { decode } = await openBoth(3);
    await decode(batchOf({ ids: LONG, slot: 1 }, { ids: SHORT, slot: 0 }));
    await end(1);
    await decode(batchOf({ ids: [3], slot: 0, start: 3 }));
    // The other slot is still to be had, up to where it is gone on from.
    await decode(batchOf({ ids: [4, 5], slot: 1, start: 6 }));
    await end(0);
    await end(2);
    await decode(batchOf({ ids: [11], slot: 2, start: 7 }), { copies: [{ from: 1, to: 2, length: 7 }] });
    await decode(batchOf({ ids: [12], slot: 1, start: 7 }, { ids: [13], slot: 2, start: 8 }));
    expect(shards).toHaveLength(6);
  });

  test('in the middle of a call rejects it, and the slots are as they were before', async () => {
    await openDecoders('gpt2');
    const { own, decode } = await openBoth(2);
    await decode(batchOf({ ids: LONG }, { ids: SHORT, slot: 1 }));
    const hooks = { 'blocks.1.attention.output': () => close(1) };
    const failing = own.decode(batchOf({ ids: [1, 2], start: 6 }), { hooks });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'died', worker: 1 });
    // Of the call's own slot the tokens before it, of the other all.
    await decode(batchOf({ ids: [1, 2], start: 6 }, { ids: [3], slot: 1, start: 3 }));
  });

  test('takes with it what hooks had a part in, and says so', async () => {
    await openDecoders('llama');
    const { own, decode, skip } = await openBoth(2);
    const hooks = { 'blocks.0.attention.heads.1.context': silence() };
    await decode(batchOf({ ids: SHORT }, { ids: SHORT, slot: 1 }));
    await decode(batchOf({ ids: LONG, start: 3 }), { hooks });
    await end(0);
    const lost = own.decode(batchOf({ ids: [9], start: 5 }));
    await expect(lost).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'lost' });
    await expect(
      own.decode(batchOf({ ids: [9], slot: 1, start: 5 }), { copies: [{ from: 0, to: 1, length: 5 }] }),
    ).rejects.toMatchObject({ reason: 'lost' });
    // What came before is there, and other slots are.
    await decode(batchOf({ ids: [9], start: 3 }));
    await decode(batchOf({ ids: [9], slot: 1, start: 3 }));
    await skip(batchOf({ ids: [1] }));
    await decode(batchOf({ ids: LONG }));
  });

  test('has sources read again', async () => {
    await openSeq2Seqs('t5');
    const { own, decode, encodeSource } = await openBoth(3);
    await encodeSource(LONG, 0);
    await encodeSource(SHORT, 1);
    await decode(batchOf({ ids: [1, 2, 3] }, { ids: [1], slot: 1 }));
    await end(1);
    await decode(batchOf({ ids: [4], start: 3 }, { ids: [5, 6], slot: 1, start: 1 }));
    await end(0);
    await decode(batchOf({ ids: [7], slot: 2, start: 2 }), { copies: [{ from: 1, to: 2, length: 2 }] });
    await end(0);
    // A source alone, before any token.
    await encodeSource([30, 31], 2);
    await end(1);
    await decode(batchOf({ ids: [1, 2], slot: 2 }));
    const hooks = { 'encoder.blocks.0.attention.heads.0.context': silence() };
    await own.encodeSource(sourceOf(SHORT), Int32Array.of(0), { hooks });
    await end(1);
    await expect(own.decode(batchOf({ ids: [1] }))).rejects.toMatchObject({ reason: 'lost' });
  });

  test('while a source is read leaves the slot without one', async () => {
    await openSeq2Seqs('bart');
    const { own, decode, encodeSource } = await openBoth(2);
    await encodeSource(LONG, 0);
    await encodeSource(SHORT, 1);
    await decode(batchOf({ ids: [1, 2] }, { ids: [1], slot: 1 }));
    const hooks = { 'encoder.blocks.0.attention.output': () => close(1) };
    const failing = own.encodeSource(sourceOf(SHORT), Int32Array.of(0), { hooks });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WORKER' });
    await expect(own.decode(batchOf({ ids: [1] }))).rejects.toThrow(/source/);
    await decode(batchOf({ ids: [3], slot: 1, start: 1 }));
    await encodeSource(SHORT, 0);
    await decode(batchOf({ ids: [1] }));
  });
});
