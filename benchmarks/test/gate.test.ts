import { expect, test } from 'vitest';
import { operationWork } from '../src/cases/work.ts';
import type { Engine } from '../src/engines/engine.ts';
import { passGate } from '../src/run/gate.ts';

const work = operationWork('softmax', { rows: 1, width: 4, limit: 1 });
const gate = { expected: Float32Array.of(1, 2, 3, 4), tolerance: 1e-3 };

/** An engine with this output, and how often what it prepared was released. */
function engineOf(run: () => Float32Array): { readonly engine: Engine; released(): number } {
  let released = 0;
  const dispose = () => {
    released += 1;
  };
  return { engine: { name: 'js', threads: 1, prepare: () => ({ run, dispose }) }, released: () => released };
}

test('passGate keeps what computes the expected output', async () => {
  const { engine, released } = engineOf(() => Float32Array.of(1, 2, 3, 4.001));
  const checked = await passGate(engine, work, gate);
  expect(checked).toMatchObject({ prepared: { run: expect.any(Function) } });
  expect(checked?.maxError).toBeCloseTo(0.001, 5);
  expect(released()).toBe(0);
});

test('passGate releases what is wrong, and says how wrong it is', async () => {
  const { engine, released } = engineOf(() => Float32Array.of(1, 2, 3, 5));
  expect(await passGate(engine, work, gate)).toEqual({
    failure: 'error 1.00 exceeds 0.00400',
    maxError: 1,
  });
  expect(released()).toBe(1);
});

test('passGate compares a part of an output, in its arranged order', async () => {
  const { engine } = engineOf(() => Float32Array.of(4, 3, 2, 1, 9));
  const reversed: Engine = {
    ...engine,
    prepare: async (of) => ({
      ...(await engine.prepare(of))!,
      arrange: (output) => output.slice().reverse(),
    }),
  };
  const checked = await passGate(reversed, work, { ...gate, part: (output) => output.subarray(1) });
  expect(checked).toMatchObject({ maxError: 0 });
});

test('passGate tells of engines that fail or have no such operation', async () => {
  const { engine } = engineOf(() => {
    throw new Error('out of memory\nat 0x0');
  });
  expect(await passGate(engine, work, gate)).toEqual({ failure: 'out of memory', maxError: null });
  expect(await passGate({ ...engine, prepare: () => undefined }, work, gate)).toBeUndefined();
});
