import { ConfigError } from '@headwise/core';
import { loadEncoder, type Transport } from '@headwise/worker';
import { describe, expect, test } from 'vitest';
import { SumMemory } from '../src/sum-memory.ts';
import { localShard } from './helpers/local-shard.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

describe('transports', () => {
  // Partial sums of up to 64 tokens: those of the wider models take two rounds, with shared memory or with both transports.
  test.each([
    [2, 20],
    [3, 20],
    [2, 120],
    [3, 120],
    [5, 120],
    [3, 320],
    [4, 320],
  ])('give bitwise the same results in %i workers with %i features', async (workers, hiddenSize) => {
    const files = tinyBert({ hiddenSize });
    const load = (transport: Transport) => loadEncoder(files, { workers, transport });
    const [messages, shared] = [await load('messages'), await load('shared')];
    const texts = ['attention is all', '', 'you need', 'abcdefgh '.repeat(7), 'a b c d e f '.repeat(11)];
    expect(await shared.embed(texts)).toEqual(await messages.embed(texts));
    const record = ['blocks.*.attention.*', 'blocks.*.feedForward.output', 'output'];
    const [a, b] = [await shared.trace(texts[0]!, { record }), await messages.trace(texts[0]!, { record })];
    expect(a.activations).toEqual(b.activations);
    expect(a.attention.data).toEqual(b.attention.data);
    await Promise.all([messages.dispose(), shared.dispose()]);
  });

  test('throw ConfigError when the name is unknown', async () => {
    const options = { workers: 2, transport: 'wires' as Transport };
    await expect(loadEncoder(tinyBert(), options)).rejects.toThrow(ConfigError);
  });

  test('default to messages with custom endpoints', async () => {
    const transports: string[] = [];
    const spawn = () =>
      localShard(({ transport, control }) => {
        transports.push(transport);
        control.close();
      });
    for (const options of [{}, { transport: 'shared' as const }, { transport: 'messages' as const }]) {
      await expect(loadEncoder(tinyBert(), { workers: 1, spawn, ...options })).rejects.toThrow();
    }
    expect(transports).toEqual(['messages', 'shared', 'messages']);
  });
});

describe('SumMemory', () => {
  test('gives every shard two slots that do not overlap', () => {
    const memory = SumMemory.allocate(3, 10);
    expect(memory.capacity).toBe(10);
    for (let shard = 0; shard < 3; shard++)
      for (const round of [0, 1]) memory.slot(shard, round, 10).fill(shard * 2 + round + 1);
    for (let shard = 0; shard < 3; shard++)
      for (const round of [0, 1])
        expect([...new Set(memory.slot(shard, round + 2, 10))]).toEqual([shard * 2 + round + 1]);
    expect(memory.cancelled).toBe(false);
  });

  test('opens a barrier when the last shard arrives, and ends waits on cancel', () => {
    const memory = SumMemory.allocate(1, 1);
    expect([memory.wait(0, 0), memory.wait(1, 0)]).toEqual([0, 0]);
    memory.cancel();
    expect(memory.cancelled).toBe(true);
    expect(memory.wait(2, 0)).toBeUndefined();
    memory.reset();
    expect(memory.cancelled).toBe(false);
    expect(memory.wait(0, 0)).toBe(0);
  });
});
