import { ConfigError } from '../../errors.ts';
import { checkOptions, describeValue, type OptionNames } from '../../options.ts';
import { EventLoopYielder } from '../../platform/event-loop-yielder.ts';
import { FourierTransform } from './fourier.ts';
import { melFilters } from './mel-filters.ts';

/** Samples a second that Whisper's features are computed from. */
export const SAMPLE_RATE = 16_000;
/** Samples between two frames. */
export const HOP_LENGTH = 160;
const WINDOW = 400;

/** Options of {@link logMel}. */
export interface LogMelOptions {
  /** Mel bins of a frame. Default 80; large-v3 and turbo have 128. */
  bins?: number;
  /** Samples of silence after the sound, 0 by default. */
  padding?: number;
  signal?: AbortSignal;
}

const OPTIONS = { bins: 'count', padding: 'whole', signal: 'signal' } satisfies OptionNames<LogMelOptions>;

/** A log-mel spectrogram. */
export interface LogMel {
  /** `[frames, bins]`, row-major. */
  readonly data: Float32Array;
  /** One for each 10 ms. */
  readonly frames: number;
  readonly bins: number;
}

/** Most bins, five for each frequency of a window; most samples, four and a half hours. */
const [MAX_BINS, MAX_SAMPLES] = [1024, 2 ** 28];

/**
 * Whisper's features (Radford et al. 2022, https://arxiv.org/abs/2212.04356, §2.2): power spectra of Hann windows of 25 ms every 10 ms, in Slaney's mel
 * bins, log10, not less than the maximum of the whole sound minus 8, scaled by (x + 4) / 4. As in `audio.py` of https://github.com/openai/whisper, both
 * ends are reflected by half a window, and there is no frame for the last sample. Computed in float64.
 *
 * @param samples mono, 16 kHz, usually within ±1
 *
 * Rejects with `ConfigError` for samples that are not finite, fewer than a frame, and invalid options.
 */
export async function logMel(samples: Float32Array, options: LogMelOptions = {}): Promise<LogMel> {
  checkOptions('logMel', options, OPTIONS);
  if (!(samples instanceof Float32Array))
    throw new ConfigError(`logMel: samples must be a Float32Array, got ${describeValue(samples)}`);
  const { bins = 80, padding = 0, signal } = options;
  const total = samples.length + padding;
  if (bins > MAX_BINS || total > MAX_SAMPLES)
    throw new ConfigError(
      `logMel: at most ${MAX_BINS} bins and ${MAX_SAMPLES} samples, got ${bins} and ${total}`,
    );
  if (total <= WINDOW / 2) {
    throw new ConfigError(`logMel: needs more than ${WINDOW / 2} samples, got ${total}`);
  }
  const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0) {
    throw new ConfigError(`logMel: samples must be finite, got ${samples[wrong]} at index ${wrong}`);
  }
  const frames = Math.floor(total / HOP_LENGTH);
  const data = new Float32Array(frames * bins);
  const spectra = new Spectra(samples, total);
  const filters = melFilters(SAMPLE_RATE, WINDOW, bins);
  const yielder = new EventLoopYielder(true);
  let largest = -10;
  // Two frames at a time.
  for (let frame = 0; frame < frames; frame += 2) {
    if (frame % 64 === 0) await yielder.yieldToEventLoop(signal);
    for (const [i, power] of spectra.pair(frame).entries()) {
      if (frame + i >= frames) continue;
      for (let bin = 0; bin < bins; bin++) {
        const { first, weights } = filters[bin]!;
        let sum = 0;
        for (let w = 0; w < weights.length; w++) sum += weights[w]! * power[first + w]!;
        const value = Math.log10(Math.max(sum, 1e-10));
        if (value > largest) largest = value;
        data[(frame + i) * bins + bin] = value;
      }
    }
  }
  const floor = largest - 8;
  for (let i = 0; i < data.length; i++) data[i] = (Math.max(data[i]!, floor) + 4) / 4;
  return { data, frames, bins };
}

/** Power spectra of the windows of a sound. */
class Spectra {
  readonly #samples: Float32Array;
  readonly #total: number;
  readonly #fourier = new FourierTransform(WINDOW);
  /** Periodic, as PyTorch's `hann_window`. */
  readonly #hann = Float64Array.from(
    { length: WINDOW },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW),
  );
  readonly #real = new Float64Array(WINDOW);
  readonly #imaginary = new Float64Array(WINDOW);
  readonly #powers: readonly [Float64Array, Float64Array] = [
    new Float64Array(WINDOW / 2 + 1),
    new Float64Array(WINDOW / 2 + 1),
  ];

  /** `total`: samples with the silence after them. */
  constructor(samples: Float32Array, total: number) {
    this.#samples = samples;
    this.#total = total;
  }

  /** The power spectra `[WINDOW / 2 + 1]` of a frame and the next one, valid until the next call. */
  pair(frame: number): readonly [Float64Array, Float64Array] {
    const [first, second] = this.#powers;
    const silent =
      frame * HOP_LENGTH - WINDOW / 2 >= this.#samples.length &&
      (frame + 1) * HOP_LENGTH + WINDOW / 2 <= this.#total;
    if (silent) {
      first.fill(0);
      second.fill(0);
      return this.#powers;
    }
    // Both in one transform, as real and imaginary part: X of the first is (Z[k] + Z*[−k]) / 2, of the second (Z[k] − Z*[−k]) / 2i.
    const [re, im] = [this.#real, this.#imaginary];
    this.#window(frame, re);
    this.#window(frame + 1, im);
    this.#fourier.transform(re, im);
    for (let k = 0; k <= WINDOW / 2; k++) {
      const mirror = (WINDOW - k) % WINDOW;
      const [a, b] = [re[k]! + re[mirror]!, im[k]! - im[mirror]!];
      const [c, d] = [im[k]! + im[mirror]!, re[k]! - re[mirror]!];
      first[k] = (a * a + b * b) / 4;
      second[k] = (c * c + d * d) / 4;
    }
    return this.#powers;
  }

  #window(frame: number, into: Float64Array): void {
    const start = frame * HOP_LENGTH - WINDOW / 2;
    const last = this.#total - 1;
    for (let i = 0; i < WINDOW; i++) {
      let at = Math.abs(start + i);
      if (at > last) at = 2 * last - at;
      into[i] = (this.#samples[at] ?? 0) * this.#hann[i]!;
    }
  }
}
