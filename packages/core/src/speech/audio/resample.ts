import { ConfigError } from '../../errors.ts';
import { checkOption, describeValue } from '../../options.ts';
import { EventLoopYielder } from '../../platform/event-loop-yielder.ts';

/** Zero crossings of the filter to each side, and its cut-off relative to the lower Nyquist frequency: torchaudio's defaults. */
const WIDTH = 6;
const ROLLOFF = 0.99;

/** The highest sampling rate, in hertz. */
export const MAX_SAMPLE_RATE = 768_000;

/**
 * Converts samples from one sampling rate to another with a sinc filter in a Hann window, as `torchaudio.functional.resample` does by default
 * (https://pytorch.org/audio/stable/generated/torchaudio.functional.resample.html): ⌈length · to / from⌉ samples.
 *
 * Rejects with `ConfigError` unless both rates are whole numbers from 1 to 768,000.
 */
export async function resample(
  samples: Float32Array,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (!(samples instanceof Float32Array))
    throw new ConfigError(`resample: samples must be a Float32Array, got ${describeValue(samples)}`);
  if (signal !== undefined) checkOption('resample', 'signal', signal, 'signal');
  for (const rate of [from, to]) {
    if (Number.isSafeInteger(rate) && rate >= 1 && rate <= MAX_SAMPLE_RATE) continue;
    throw new ConfigError(
      `resample: a sampling rate must be a whole number from 1 to ${MAX_SAMPLE_RATE}, got ${describeValue(rate)}`,
    );
  }
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const [before, after] = [from / divisor, to / divisor];
  const result = new Float32Array(Math.ceil((samples.length * after) / before));
  const base = Math.min(before, after) * ROLLOFF;
  const reach = Math.ceil((WIDTH * before) / base);
  const yielder = new EventLoopYielder(true);
  // Outputs `after` apart have the same filter.
  for (let phase = 0; phase < after && phase < result.length; phase++) {
    await yielder.yieldToEventLoop(signal);
    const { first, taps } = filterOf(phase / after, before, base, reach);
    for (let out = phase, start = first; out < result.length; out += after, start += before) {
      let sum = 0;
      for (let i = 0; i < taps.length; i++) sum += taps[i]! * (samples[start + i] ?? 0);
      result[out] = sum;
    }
  }
  return result;
}

/** The filter of an output at `position` (as a part of `before` input samples): its taps are those of the inputs from `first` on. */
function filterOf(position: number, before: number, base: number, reach: number) {
  const first = Math.floor(position * before) - reach;
  const taps = Float64Array.from({ length: 2 * reach + 2 }, (_, i) => {
    const time = ((first + i) / before - position) * base;
    if (Math.abs(time) >= WIDTH) return 0;
    const window = Math.cos((time * Math.PI) / WIDTH / 2) ** 2;
    const angle = time * Math.PI;
    return ((angle === 0 ? 1 : Math.sin(angle) / angle) * window * base) / before;
  });
  return { first, taps };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
