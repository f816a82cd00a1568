import { loadKernel } from '@headwise/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EncoderModel, loadEncoder } from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { tinyArchitectures, tinyFiles } from '../helpers/tiny-encoders.ts';

const SEQUENCE = { ids: Int32Array.of(3, 14, 15, 9, 26, 5), typeIds: new Int32Array(6) };
const OTHER = { ids: Int32Array.of(7, 8, 3), typeIds: new Int32Array(3) };
const HIDDEN = { kind: 'hidden' } as const;

const load = async (name: (typeof tinyArchitectures)[number] = 'bert') => {
  const backend = new WasmBackend(await loadKernel());
  return { backend, model: await loadEncoder(tinyFiles(name), { backend, taskHeads: [] }) };
};
const hiddenOf = async (model: EncoderModel, sequence = SEQUENCE, options = {}) =>
  (await model.run([sequence], HIDDEN, options))[0]!.data;

describe('a pass with a signal', () => {
  /** By this clock, each half of a block takes longer than the time between two turns of the event loop. */
  beforeEach(() => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(tinyArchitectures)('of %s gives the same bits', async (name) => {
    const { model, backend } = await load(name);
    const { signal } = new AbortController();
    expect(await hiddenOf(model, SEQUENCE, { signal })).toEqual(await hiddenOf(model));
    await model.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('lets the event loop run between the halves of blocks', async () => {
    const { model } = await load();
    const { signal } = new AbortController();
    const seen: number[] = [];
    let turns = 0;
    const count = () => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const see = () => void seen.push(turns);
    await hiddenOf(model, SEQUENCE, {
      signal,
      hooks: { 'blocks.0.residual.middle': see, 'blocks.1.residual.after': see },
    });
    clearImmediate(timer);
    expect(seen[1]).toBeGreaterThan(seen[0]!);
  });

  it('ends at the next half of a block when it is aborted, and leaves the model ready', async () => {
    const { model, backend } = await load();
    const expected = await hiddenOf(model);
    const { memoryBytes } = backend;
    const controller = new AbortController();
    const seen: string[] = [];
    const hooks = {
      'blocks.*.residual.middle': ({ name }: { name: string }) => {
        seen.push(name);
        controller.abort(new Error('another text'));
      },
    };
    const { signal } = controller;
    await expect(model.run([SEQUENCE], HIDDEN, { signal, hooks })).rejects.toThrow('another text');
    expect(seen).toEqual(['blocks.0.residual.middle']);
    expect(await hiddenOf(model)).toEqual(expected);
    expect(await hiddenOf(model, SEQUENCE, { signal: new AbortController().signal })).toEqual(expected);
    expect(backend.memoryBytes).toBe(memoryBytes);
  });

  it('may be one of several at a time, with and without a signal', async () => {
    const { model } = await load();
    const { signal } = new AbortController();
    const [first, second] = [await hiddenOf(model), await hiddenOf(model, OTHER)];
    const results = await Promise.all([
      hiddenOf(model, SEQUENCE, { signal }),
      hiddenOf(model, OTHER, { signal }),
      hiddenOf(model, OTHER),
      hiddenOf(model, SEQUENCE, { signal }),
    ]);
    expect(results).toEqual([first, second, second, first]);
  });

  it('rejects when the model is disposed of in the middle, and its hooks get no further activation', async () => {
    const { model, backend } = await load();
    const { signal } = new AbortController();
    const seen: string[] = [];
    let disposed: Promise<void> | undefined;
    const hooks = {
      'blocks.*.residual.middle': ({ name }: { name: string }) => {
        seen.push(name);
        setImmediate(() => {
          disposed = model.dispose();
        });
      },
    };
    await expect(model.run([SEQUENCE], HIDDEN, { signal, hooks })).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
    await disposed;
    expect(seen).toEqual(['blocks.0.residual.middle']);
    expect(backend.weightBytes).toBe(0);
  });

  it('refuses a name that is no activation, as a pass without a signal does', async () => {
    const { model } = await load();
    const { signal } = new AbortController();
    const run = model.run([SEQUENCE], HIDDEN, { signal, hooks: { 'blocks.9.output': () => undefined } });
    await expect(run).rejects.toThrow('has no activation named "blocks.9.output"');
  });
});
