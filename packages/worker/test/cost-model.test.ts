import { describe, expect, test } from 'vitest';
import { calibrate, type Ways } from '../src/coordinator/calibrate.ts';
import { CostModel, type MeasuredTimes } from '../src/coordinator/cost-model.ts';

const SHAPE = { hiddenSize: 384, intermediateSize: 1536 };

/** Times of a machine where a token takes a millisecond, an exchange between workers `exchange`, and a call's overhead half. */
function machine(workers: number, exchange: number, contention = 1): MeasuredTimes[] {
  return [2, 8, 32, 128].map((tokens) => {
    const operations = tokens * (1 + tokens / 1152);
    return {
      tokens,
      heads: 0.5 + operations / workers + exchange,
      alone: 0.5 + operations,
      together: 0.5 + operations * contention,
    };
  });
}

describe('CostModel', () => {
  test('gives back what was measured, goes between it in proportion, and beyond it', () => {
    const model = new CostModel(SHAPE, 2, machine(2, 1));
    for (const { tokens, heads, alone } of machine(2, 1)) {
      expect(model.predict([tokens]).heads).toBeCloseTo(heads, 6);
      expect(model.predict([tokens]).batch).toBeCloseTo(alone, 6);
    }
    for (const tokens of [20, 64, 300, 512]) {
      const operations = tokens * (1 + tokens / 1152);
      expect(model.predict([tokens]).heads / (1.5 + operations / 2)).toBeCloseTo(1, 1);
      expect(model.predict([tokens]).batch / (0.5 + operations)).toBeCloseTo(1, 1);
    }
    // The shortest costs no less than what was measured: it is not the tokens that take the time.
    expect(model.predict([1]).heads).toBe(model.predict([2]).heads);
  });

  test('gives a text to all workers where exchanging costs less than they save', () => {
    const model = new CostModel(SHAPE, 2, machine(2, 8));
    const faster = (lengths: number[]) => {
      const { heads, batch } = model.predict(lengths);
      return batch < heads ? 'batch' : 'heads';
    };
    expect([2, 8, 15, 18, 64, 512].map((tokens) => faster([tokens]))).toEqual([
      ...Array(3).fill('batch'),
      ...Array(3).fill('heads'),
    ]);
  });

  test('gives many texts to a worker each, and one long one among few to all', () => {
    const model = new CostModel(SHAPE, 4, machine(4, 12, 1.05));
    const many = model.predict(Array(100).fill(30));
    expect(many.batch).toBeLessThan(many.heads);
    // Four workers, and one of them has nearly all the work.
    const uneven = model.predict([512, 4, 4]);
    expect(uneven.heads).toBeLessThan(uneven.batch);
  });

  test('learns from calls, and forgets', () => {
    let now = 0;
    const model = new CostModel(SHAPE, 2, machine(2, 1), () => now);
    const undisturbed = model.predict([64]);
    expect(undisturbed.heads).toBeLessThan(undisturbed.batch);
    // One slow call is chance.
    model.learn('heads', [64], undisturbed.heads * 10);
    for (let i = 0; i < 3; i++) model.learn('heads', [64], undisturbed.heads);
    expect(model.predict([64]).heads).toBeCloseTo(undisturbed.heads);
    // The machine has become busy: shards wait for each other.
    const slow = model.predict([32]).heads * 2;
    for (let i = 0; i < 5; i++) model.learn('heads', [32], slow);
    expect(model.predict([64]).heads).toBeGreaterThan(undisturbed.batch);
    expect(model.predict([64]).batch).toBe(undisturbed.batch);
    now += 3000;
    expect(model.predict([64]).heads).toBeGreaterThan(undisturbed.batch);
    now += 2000;
    expect(model.predict([64])).toEqual(undisturbed);
  });

  test('is corrected by calls that are faster than was measured in a bad moment', () => {
    const measured = machine(2, 1);
    const [, , , longest] = measured;
    const bad = [...measured.slice(0, 3), { ...longest!, heads: 3 * longest!.heads }];
    const [wrong, right] = [new CostModel(SHAPE, 2, bad), new CostModel(SHAPE, 2, measured)];
    expect(wrong.predict([128]).heads).toBeGreaterThan(wrong.predict([128]).batch);
    wrong.learn('heads', [128], right.predict([128]).heads);
    for (const tokens of [2, 8, 32, 100, 128, 300])
      expect(wrong.predict([tokens]).heads / right.predict([tokens]).heads).toBeCloseTo(1, 1);
    // What comes of a longer text says nothing against a shorter one that was faster.
    wrong.learn('heads', [100], right.predict([128]).heads);
    expect(wrong.predict([100]).heads).toBeLessThan(right.predict([128]).heads);
  });

  test('has the first few texts of each length computed in a way that may be slower, unless it is sure to be', () => {
    const model = new CostModel(SHAPE, 2, machine(2, 5));
    for (const [tokens, trials] of [
      [8, 9],
      [32, 3],
    ] as const) {
      const { heads, batch } = model.predict([tokens]);
      const [faster, slower] = batch < heads ? (['batch', 'heads'] as const) : (['heads', 'batch'] as const);
      let tried = 0;
      for (; model.choose([tokens]).trial; tried++) {
        expect(model.choose([tokens]).split).toBe(slower);
        model.learn(slower, [tokens], { heads, batch }[slower]);
      }
      expect(tried).toBeGreaterThanOrEqual(trials);
      expect(tried).toBeLessThan(2 * trials);
      expect(model.choose([tokens])).toMatchObject({ split: faster, trial: false });
    }
    expect(model.choose(Array(100).fill(30)).trial).toBe(false);
    const sure = new CostModel(SHAPE, 8, machine(8, 1));
    expect(sure.choose([128])).toMatchObject({ split: 'heads', trial: false });
  });

  test('tries what was measured in a bad moment, where that costs little', () => {
    const bad = machine(2, 1).map((times) => ({ ...times, heads: 6 * times.heads }));
    const model = new CostModel(SHAPE, 2, bad);
    const right = new CostModel(SHAPE, 2, machine(2, 1));
    expect(model.choose([4])).toMatchObject({ split: 'heads', trial: true });
    model.learn('heads', [4], right.predict([4]).heads);
    expect(model.predict([4]).heads).toBeLessThan(model.predict([4]).batch);
    expect(model.choose([512])).toMatchObject({ split: 'batch', trial: false });
  });

  test('takes many texts in the way that was faster the last time, for a minute', () => {
    let now = 0;
    const model = new CostModel(SHAPE, 2, machine(2, 1), () => now);
    const texts = Array(200).fill(40);
    const [first, other] =
      model.choose(texts).split === 'heads' ? (['heads', 'batch'] as const) : (['batch', 'heads'] as const);
    const expected = model.predict(texts);
    model.learn(first, texts, expected[other] * 1.2);
    expect(model.choose(texts).split).toBe(other);
    // It says nothing about one text.
    expect(model.predict([40])).toEqual(new CostModel(SHAPE, 2, machine(2, 1)).predict([40]));
    model.learn(other, texts, expected[other] * 1.1);
    expect(model.choose(texts).split).toBe(other);
    now += 61_000;
    expect(model.predict(texts)).toEqual(expected);
  });

  test('a single measured length is enough', () => {
    const model = new CostModel(SHAPE, 2, machine(2, 1).slice(0, 1));
    expect(model.predict([2]).heads).toBeCloseTo(2.5, 1);
    expect(model.predict([200]).heads).toBeGreaterThan(100);
  });
});

describe('calibrate', () => {
  /** Ways that take as long as they say, by a clock that only they move. */
  function slow(milliseconds: (tokens: number) => number) {
    let now = 0;
    const clock = performance.now;
    performance.now = () => now;
    const lengths: number[] = [];
    const way = async (text: { ids: Int32Array }) => {
      lengths.push(text.ids.length);
      now += milliseconds(text.ids.length);
    };
    const restore = () => {
      performance.now = clock;
    };
    const ways: Ways = { heads: way, alone: way, together: way };
    return { ways, lengths, restore };
  }

  test('measures longer texts for as long as there is time', async () => {
    for (const [perToken, expected] of [
      [0.01, [2, 8, 32, 128]],
      [0.5, [2, 8, 32, 128]],
      [2, [2, 8, 32]],
      [100, [2, 8]],
    ] as const) {
      const { ways, restore } = slow((tokens) => perToken * tokens);
      const measured = await calibrate(ways, 512).finally(restore);
      expect(measured.map(({ tokens }) => tokens)).toEqual(expected);
      for (const { tokens, heads } of measured) expect(heads).toBeCloseTo(perToken * tokens);
    }
  });

  test('counts the shortest time of each, after the engine has had time to compile', async () => {
    let runs = 0;
    const { ways, restore } = slow((tokens) => {
      if (runs++ < 30) return 20;
      return tokens / 100 + (runs % 5 === 0 ? 5 : 0);
    });
    const measured = await calibrate(ways, 512).finally(restore);
    for (const { tokens, heads, alone, together } of measured)
      for (const time of [heads, alone, together]) expect(time).toBeCloseTo(tokens / 100);
  });

  test('asks for no more tokens than the model reads, and stops at an abort', async () => {
    const { ways, lengths, restore } = slow(() => 1);
    const measured = await calibrate(ways, 20).finally(restore);
    expect(measured.map(({ tokens }) => tokens)).toEqual([2, 8]);
    expect(Math.max(...lengths)).toBe(8);
    const tiny = slow(() => 1);
    const shortest = await calibrate(tiny.ways, 1).finally(tiny.restore);
    expect(shortest.map(({ tokens }) => tokens)).toEqual([1]);
    await expect(calibrate(ways, 20, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
