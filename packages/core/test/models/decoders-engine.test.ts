import { loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, type Backend, ConfigError, createBackend, ShapeError } from '../../src/index.ts';
import {
  type DecodeBatch,
  type DecoderSession,
  type DecodeStepOptions,
  LocalDecoderEngine,
  WasmBackend,
} from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, loadTinyDecoder, someIds } from '../helpers/tiny-decoders.ts';

describe.each(availableBackends())('a session on %s', (backendName) => {
  let backend: Backend;
  let engine: LocalDecoderEngine;
  let session: DecoderSession;
  beforeAll(async () => {
    backend = await createBackend(backendName);
    engine = new LocalDecoderEngine(backend, await loadTinyDecoder('qwen3', backend));
    session = await engine.openSession({ slots: 3, capacity: 10 });
    await session.decode(decodeBatch({ ids: [1, 2, 3, 4], slot: 1 }));
  });
  afterAll(() => engine.dispose());

  const good = decodeBatch({ ids: [5, 6], slot: 1, start: 4 });
  const mistakes: [string, DecodeBatch, DecodeStepOptions, string][] = [
    ['no sequence', decodeBatch(), {}, 'needs at least one sequence'],
    [
      'an empty sequence',
      decodeBatch({ ids: [1] }, { ids: [], slot: 1 }),
      {},
      'sequence 1 must have at least one token',
    ],
    [
      'too few offsets',
      { ...good, offsets: Int32Array.of(0) },
      {},
      'the offsets of 1 sequences must go from 0 to 2, got [0]',
    ],
    [
      'offsets that miss a token',
      { ...good, offsets: Int32Array.of(0, 1) },
      {},
      'must go from 0 to 2, got [0, 1]',
    ],
    ['no starts', { ...good, starts: new Int32Array() }, {}, '1 sequences need as many starts, got 0'],
    ['a slot that is not there', decodeBatch({ ids: [1], slot: 3 }), {}, 'slots are 0 … 2, got 3'],
    ['a slot below 0', decodeBatch({ ids: [1], slot: -1 }), {}, 'slots are 0 … 2, got -1'],
    [
      'a slot twice',
      decodeBatch({ ids: [1], slot: 2 }, { ids: [1], slot: 2 }),
      {},
      'slot 2 is given to two sequences',
    ],
    [
      'a start after what is held',
      decodeBatch({ ids: [1], slot: 1, start: 7 }),
      {},
      'slot 1 holds 6 tokens, sequence 0 starts at 7',
    ],
    ['a start below 0', decodeBatch({ ids: [1], slot: 1, start: -1 }), {}, 'sequence 0 starts at -1'],
    [
      'more than fits',
      decodeBatch({ ids: someIds(7), slot: 1, start: 4 }),
      {},
      'a slot holds at most 10 tokens, sequence 0 would have 11',
    ],
    [
      'an id outside the vocabulary',
      decodeBatch({ ids: [1, 61], slot: 1 }),
      {},
      'ids are 0 … 60, got 61 at index 1',
    ],
    ['a negative id', decodeBatch({ ids: [-1], slot: 1 }), {}, 'ids are 0 … 60, got -1 at index 0'],
    ['a row that is not there', good, { rows: Int32Array.of(0, 2) }, 'rows are 0 … 1, got 2'],
    [
      'a copy of more than is held',
      good,
      { copies: [{ from: 1, to: 2, length: 7 }] },
      'slot 1 holds 6 tokens, not 7',
    ],
    ['a copy from nowhere', good, { copies: [{ from: 4, to: 2, length: 1 }] }, 'slots are 0 … 2, got 4'],
    ['a copy to nowhere', good, { copies: [{ from: 1, to: 3, length: 1 }] }, 'slots are 0 … 2, got 3'],
    [
      'two copies to a slot',
      good,
      {
        copies: [
          { from: 1, to: 2, length: 1 },
          { from: 1, to: 2, length: 2 },
        ],
      },
      'slot 2 is the target of two',
    ],
    [
      'a start after what is copied',
      good,
      { copies: [{ from: 1, to: 1, length: 3 }] },
      'slot 1 holds 3 tokens, sequence 0 starts at 4',
    ],
  ];

  it.each(mistakes)('rejects %s and leaves the session unchanged', async (_, batch, options, message) => {
    const before = await session.decode(good);
    await expect(session.decode(batch, options)).rejects.toThrow(ShapeError);
    await expect(session.decode(batch, options)).rejects.toThrow(message);
    const after = await session.decode(good);
    expect(difference(after.logits.data, before.logits.data)).toBe(0);
  });

  it('rejects hooks on unknown activations, and keeps the cache', async () => {
    const before = await session.decode(good);
    const hooks = { 'blocks.7.output': () => {} };
    await expect(session.decode(good, { hooks })).rejects.toThrow('no activation named "blocks.7.output"');
    // Whether the tokens of the failed call are cached is unspecified.
    await expect(session.decode(decodeBatch({ ids: [1], slot: 1, start: 6 }))).rejects.toThrow(
      'slot 1 holds 4 tokens',
    );
    const after = await session.decode(good);
    expect(difference(after.logits.data, before.logits.data)).toBe(0);
  });

  it('rejects with the error of a hook, and answers the next call', async () => {
    const before = await session.decode(good);
    const fail = () => {
      throw new RangeError('not today');
    };
    for (const name of [
      'embeddings',
      'blocks.1.attention.weights',
      'blocks.0.feedForward.hidden',
      'logits',
    ]) {
      await expect(session.decode(good, { hooks: { [name]: fail } })).rejects.toThrow('not today');
      const after = await session.decode(good);
      expect(difference(after.logits.data, before.logits.data)).toBe(0);
    }
  });

  it('rejects with the reason of an aborted signal, and answers the next call', async () => {
    const before = await session.decode(good);
    const signal = AbortSignal.abort();
    await expect(session.decode(good, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    const after = await session.decode(good);
    expect(difference(after.logits.data, before.logits.data)).toBe(0);
  });

  it('rejects encodeSource', async () => {
    const { ids, offsets, slots } = good;
    const texts = { ids, offsets, typeIds: new Int32Array(2) };
    await expect(session.encodeSource(texts, slots)).rejects.toThrow('this model is no encoder–decoder');
  });

  it.each([
    [{ slots: 0, capacity: 4 }, 'slots must be a whole number of at least 1, got 0'],
    [{ slots: 1.5, capacity: 4 }, 'slots must be a whole number of at least 1, got 1.5'],
    [{ slots: 1, capacity: 0 }, 'capacity must be a whole number of at least 1, got 0'],
    [{ slots: 1, capacity: 49 }, 'the model reads at most 48 tokens, capacity is 49'],
  ])('is not opened with %j', async (options, message) => {
    await expect(engine.openSession(options)).rejects.toThrow(ConfigError);
    await expect(engine.openSession(options)).rejects.toThrow(message);
  });

  it('rejects calls after close, of the session and of the engine', async () => {
    const own = await createBackend(backendName);
    const model = new LocalDecoderEngine(own, await loadTinyDecoder('gpt2', own));
    expect(model.name).toBe(backendName);
    expect(model.blocking).toBe(true);
    const [first, second] = [
      await model.openSession({ slots: 1, capacity: 4 }),
      await model.openSession({ slots: 2, capacity: 8 }),
    ];
    expect([second.slots, second.capacity]).toEqual([2, 8]);
    const { weightBytes } = own;
    await first.close();
    await first.close();
    expect(own.weightBytes).toBe(weightBytes - 2 * 2 * 4 * 24 * 4);
    await expect(first.decode(decodeBatch({ ids: [1] }))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await second.decode(decodeBatch({ ids: [1] }));
    await model.dispose();
    await model.dispose();
    expect(own.weightBytes).toBe(0);
    await expect(second.decode(decodeBatch({ ids: [1] }))).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(model.openSession({ slots: 1, capacity: 4 })).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
  });
});

describe('memory', () => {
  const open = async (config = {}) => {
    const backend = new WasmBackend(await loadKernel());
    return {
      backend,
      engine: new LocalDecoderEngine(backend, await loadTinyDecoder('llama', backend, config)),
    };
  };

  it('grows over 1,000 tokens when the rows of the cache double, and no more', async () => {
    const { backend, engine } = await open({ max_position_embeddings: 1100 });
    const session = await engine.openSession({ slots: 2, capacity: 1100 });
    await session.decode(decodeBatch({ ids: someIds(50) }, { ids: someIds(30, 3), slot: 1 }));
    // Of 256, 512, 1024 and 1100 rows.
    const sizes = new Set([backend.weightBytes]);
    let memoryBytes = 0;
    for (let i = 0; i < 1000; i++) {
      const copies = i % 10 === 0 ? [{ from: 0, to: 1, length: 50 + i }] : [];
      await session.decode(decodeBatch({ ids: [i % 61], start: 50 + i }), { copies });
      sizes.add(backend.weightBytes);
      if (i === 500) ({ memoryBytes } = backend);
      if (i > 500 && i < 970) expect(backend.memoryBytes).toBe(memoryBytes);
    }
    expect(sizes.size).toBe(4);
    await engine.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('does not grow over 200 sessions of any size', async () => {
    const { backend, engine } = await open();
    const one = async (slots: number, capacity: number) => {
      const session = await engine.openSession({ slots, capacity });
      await session.decode(decodeBatch({ ids: someIds(capacity) }));
      await session.close();
    };
    await one(5, 48);
    const { memoryBytes, weightBytes } = backend;
    for (let i = 0; i < 200; i++) await one(1 + (i % 5), 1 + ((i * 7) % 48));
    expect(backend.memoryBytes).toBe(memoryBytes);
    expect(backend.weightBytes).toBe(weightBytes);
    await engine.dispose();
  });

  it('of activations does not depend on the number of blocks', async () => {
    // If every block's activations were kept, it would be more than a hundred times as much.
    const { backend, engine } = await open();
    const session = await engine.openSession({ slots: 1, capacity: 48 });
    const used: number[] = [];
    const hooks = {
      'blocks.*.residual.before': () => {
        const close = backend.openScope();
        used.push((backend.zeros([1]) as unknown as { address: number }).address);
        close();
      },
    };
    await session.decode(decodeBatch({ ids: someIds(48) }), { hooks });
    expect(used).toHaveLength(2);
    expect(used[1]).toBe(used[0]);
    await engine.dispose();
  });
});
