import { expect, test } from 'vitest';
import { latestOnly } from './latest.ts';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('latestOnly runs only the last of the inputs that arrive during a run', async () => {
  const gate = deferred();
  const seen: string[] = [];
  const done: string[] = [];
  const push = latestOnly<string, string>({
    run: async (input) => {
      seen.push(input);
      if (input === 'a') await gate.promise;
      return input.toUpperCase();
    },
    done: (output) => done.push(output),
    failed: () => undefined,
  });
  for (const input of ['a', 'b', 'c', 'd']) push(input);
  gate.resolve();
  await settled();
  expect(seen).toEqual(['a', 'd']);
  expect(done).toEqual(['A', 'D']);
});

test('latestOnly reports a failure and runs the next input', async () => {
  const failed: unknown[] = [];
  const busy: boolean[] = [];
  const done: number[] = [];
  const push = latestOnly<number, number>({
    run: async (input) => {
      if (input === 1) throw new Error('no');
      return input;
    },
    done: (output) => done.push(output),
    failed: (error) => failed.push(error),
    busy: (now) => busy.push(now),
  });
  push(1);
  push(2);
  await settled();
  push(3);
  await settled();
  expect(failed).toHaveLength(1);
  expect(done).toEqual([2, 3]);
  expect(busy).toEqual([true, false, true, false]);
});
