import { describe, expect, test } from 'vitest';
import { FourierTransform } from '../../src/speech/features/fourier.ts';
import { logMel } from '../../src/speech/features/log-mel.ts';
import { melFilters } from '../../src/speech/features/mel-filters.ts';
import { randomNumbers } from '../helpers/safetensors.ts';

const noise = (length: number, seed: number) => {
  const next = randomNumbers(seed);
  return Float64Array.from({ length }, () => next() / 2 ** 31 - 1);
};

/** The transform by its definition. */
function transform(real: Float64Array, imaginary: Float64Array) {
  const size = real.length;
  return Array.from({ length: size }, (_, k) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      re += real[n]! * Math.cos(angle) - imaginary[n]! * Math.sin(angle);
      im += real[n]! * Math.sin(angle) + imaginary[n]! * Math.cos(angle);
    }
    return [re, im] as const;
  });
}

describe('FourierTransform', () => {
  test.each([1, 2, 3, 7, 12, 25, 400])('of %i values is that of the definition', (size) => {
    const [real, imaginary] = [noise(size, size), noise(size, size + 1)];
    const expected = transform(real, imaginary);
    const fourier = new FourierTransform(size);
    // Twice: buffers are used again.
    for (const [re, im] of [
      [real.slice(), imaginary.slice()],
      [real.slice(), imaginary.slice()],
    ] as const) {
      fourier.transform(re, im);
      const worst = expected.reduce(
        (most, [a, b], k) => Math.max(most, Math.abs(a - re[k]!), Math.abs(b - im[k]!)),
        0,
      );
      expect(worst).toBeLessThan(1e-12);
    }
  });
});

// Of the file mel_filters.npz of https://github.com/openai/whisper (MIT), 80 filters: weights by filter and bin of the spectrum.
const PUBLISHED: readonly (readonly [filter: number, bin: number, weight: number])[] = [
  [0, 1, 0.0248625949],
  [0, 2, 0],
  [1, 1, 0.00199082191],
  [1, 2, 0.0228717718],
  [1, 3, 0],
  [5, 5, 0.00995410886],
  [5, 6, 0.0149084842],
  [5, 7, 0],
  [20, 19, 0.0109722],
  [20, 20, 0.013890394],
  [20, 21, 0],
  [30, 29, 0.0158560369],
  [30, 30, 0.00896277092],
  [30, 31, 0],
  [31, 30, 0.012738768],
  [31, 31, 0.0117513305],
  [31, 32, 0],
  [50, 61, 0.000811000238],
  [50, 63, 0.00946230162],
  [50, 65, 0.0027783995],
  [50, 66, 0],
  [65, 109, 0.00111216842],
  [65, 113, 0.00502863992],
  [65, 116, 0.00108283467],
  [65, 117, 0],
  [79, 186, 0.000366741675],
  [79, 193, 0.00314131333],
  [79, 199, 0.000448759005],
  [79, 200, 0],
];

test('melFilters has the weights of the published filters', () => {
  const filters = melFilters(16_000, 400, 80);
  for (const [filter, bin, weight] of PUBLISHED) {
    const { first, weights } = filters[filter]!;
    expect(weights[bin - first] ?? 0).toBeCloseTo(weight, 8);
  }
  expect(melFilters(16_000, 400, 128).every(({ weights }) => weights.length > 0)).toBe(true);
});

describe('logMel', () => {
  /** The features by their definition in float64, without an FFT. */
  function expected(samples: Float32Array, padding: number, bins: number): number[][] {
    const sound = [...samples, ...new Array<number>(padding).fill(0)];
    const at = (i: number) => sound[i < 0 ? -i : i >= sound.length ? 2 * (sound.length - 1) - i : i]!;
    const frames = Math.floor(sound.length / 160);
    const filters = melFilters(16_000, 400, bins);
    const logs = Array.from({ length: frames }, (_, frame) => {
      const window = Float64Array.from(
        { length: 400 },
        (_, i) => at(frame * 160 + i - 200) * Math.sin((Math.PI * i) / 400) ** 2,
      );
      const power = transform(window, new Float64Array(400)).map(([re, im]) => re ** 2 + im ** 2);
      return filters.map(({ first, weights }) =>
        Math.log10(
          Math.max(
            1e-10,
            weights.reduce((sum, w, i) => sum + w * power[first + i]!, 0),
          ),
        ),
      );
    });
    const floor = Math.max(...logs.flat()) - 8;
    return logs.map((row) => row.map((value) => (Math.max(value, floor) + 4) / 4));
  }

  test.each([
    [80, 0, 1600],
    [128, 0, 1777],
    [80, 1000, 810],
  ])('with %i bins and %i samples of silence is that of the definition', async (bins, padding, length) => {
    const samples = Float32Array.from(noise(length, 5), (value, i) => 0.2 * value + 0.5 * Math.sin(i / 5));
    const mel = await logMel(samples, { bins, padding });
    const rows = expected(samples, padding, bins);
    expect([mel.frames, mel.bins]).toEqual([rows.length, bins]);
    const worst = rows.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - mel.data[i]!)), 0);
    expect(worst).toBeLessThan(1e-6);
  });

  test('refuses what has no features', async () => {
    await expect(logMel(new Float32Array(200))).rejects.toThrow(
      'logMel: needs more than 200 samples, got 200',
    );
    await expect(logMel(Float32Array.of(...new Array<number>(300).fill(0), Number.NaN))).rejects.toThrow(
      'samples must be finite, got NaN at index 300',
    );
    await expect(logMel(new Float32Array(400), { bins: 0 })).rejects.toThrow(
      'bins must be a whole number of at least 1',
    );
  });

  test('ends when its signal is aborted', async () => {
    await expect(
      logMel(new Float32Array(4000), { signal: AbortSignal.abort(new Error('stop')) }),
    ).rejects.toThrow('stop');
  });
});
