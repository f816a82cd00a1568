/** A triangular filter over the bins of a spectrum: `weights` are those of the bins from `first` on. */
export interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Below 1000 Hz the scale is linear, with this many hertz a mel; above, each mel is a factor. */
const HERTZ_PER_MEL = 200 / 3;
const LINEAR_END = 1000;
const LOG_STEP = Math.log(6.4) / 27;

/**
 * Slaney's filters (Auditory Toolbox, 1998), each of the same area, as librosa's `filters.mel(sr, n_fft, n_mels)` computes them and Whisper uses them:
 * `bins` filters over the `size / 2 + 1` bins of a Fourier transform of length `size`, from 0 Hz to half of the sampling rate.
 */
export function melFilters(sampleRate: number, size: number, bins: number): readonly MelFilter[] {
  const top = hertzToMel(sampleRate / 2);
  const edges = Array.from({ length: bins + 2 }, (_, i) => melToHertz((top * i) / (bins + 1)));
  const spectrum = Math.floor(size / 2) + 1;
  return Array.from({ length: bins }, (_, bin) => {
    const [low = 0, center = 0, high = 0] = edges.slice(bin, bin + 3);
    const weights: number[] = [];
    let first = 0;
    for (let i = 0; i < spectrum; i++) {
      const hertz = (i * sampleRate) / size;
      const height = Math.min((hertz - low) / (center - low), (high - hertz) / (high - center));
      if (height <= 0) continue;
      if (weights.length === 0) first = i;
      weights.push((height * 2) / (high - low));
    }
    return { first, weights: Float64Array.from(weights) };
  });
}

function hertzToMel(hertz: number): number {
  if (hertz < LINEAR_END) return hertz / HERTZ_PER_MEL;
  return LINEAR_END / HERTZ_PER_MEL + Math.log(hertz / LINEAR_END) / LOG_STEP;
}

function melToHertz(mel: number): number {
  const linear = LINEAR_END / HERTZ_PER_MEL;
  if (mel < linear) return mel * HERTZ_PER_MEL;
  return LINEAR_END * Math.exp(LOG_STEP * (mel - linear));
}
