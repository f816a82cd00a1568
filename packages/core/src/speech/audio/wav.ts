import { ConfigError, FormatError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import { MAX_SAMPLE_RATE } from './resample.ts';

/** The rules of WAV files that a file can break, or that are not supported. */
export type WavRule =
  /** The file does not begin with `RIFF`, a size, and `WAVE`. */
  | 'not-wav'
  /** A chunk extends past the end of the file. Of the samples, as many are read as there are. */
  | 'chunk-past-end'
  /** There is no `fmt ` chunk of at least 16 bytes before the samples. */
  | 'missing-format'
  /** There is no `data` chunk. */
  | 'missing-data'
  /** Samples are neither PCM of 8, 16, 24 or 32 bits nor floats of 32 or 64. */
  | 'unsupported-encoding'
  /** There is no channel, or there are more than 256. */
  | 'invalid-channels'
  /** The sampling rate is 0 or above 768 kHz. */
  | 'invalid-rate'
  /** The size of a frame is not that of its samples. */
  | 'invalid-frame';

/** Samples of one channel. */
export interface WavAudio {
  /** Within ±1 for PCM; the mean of all channels. */
  readonly samples: Float32Array;
  /** In hertz. */
  readonly sampleRate: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** Whether bytes begin as a WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WAVE';
}

/**
 * Reads a WAV file (RIFF, Microsoft and IBM 1991): PCM of 8, 16, 24 or 32 bits, floats of 32 or 64 bits, also as `WAVE_FORMAT_EXTENSIBLE`. Channels are
 * averaged. A file that was cut off, or whose length was not known when it was written, is read as far as it goes.
 *
 * Throws `FormatError` with the broken {@link WavRule}.
 */
export function readWav(bytes: Uint8Array): WavAudio {
  if (!(bytes instanceof Uint8Array))
    throw new ConfigError(`readWav: expected a Uint8Array, got ${describeValue(bytes)}`);
  if (!isWav(bytes)) {
    throw wavError(
      'not-wav',
      `expected RIFF and WAVE, the file begins with ${JSON.stringify(ascii(bytes, 0))}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size] = [ascii(bytes, at), view.getUint32(at + 4, true)];
    const start = at + 8;
    if (id === 'data') {
      if (!format) throw wavError('missing-format', 'there is no fmt chunk before the samples');
      return {
        samples: readSamples(view, start, Math.min(size, bytes.length - start), format),
        sampleRate: format.sampleRate,
      };
    }
    if (start + size > bytes.length) {
      throw wavError(
        'chunk-past-end',
        `the chunk ${JSON.stringify(id)} ends at byte ${start + size}, the file has ${bytes.length}`,
      );
    }
    if (id === 'fmt ') format = readFormat(view, start, size);
    // Chunks begin at even offsets.
    at = start + size + (size % 2);
  }
  throw wavError('missing-data', 'there is no data chunk');
}

interface WavFormat {
  readonly isFloat: boolean;
  readonly bytesPerSample: number;
  readonly channels: number;
  readonly sampleRate: number;
}

function readFormat(view: DataView, start: number, size: number): WavFormat {
  if (size < 16) throw wavError('missing-format', `the fmt chunk has ${size} bytes, expected at least 16`);
  const tag = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const frameBytes = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  // The first two bytes of an extensible format's GUID are the encoding.
  const encoding = tag === EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : tag;
  const isFloat = encoding === FLOAT;
  const supported = isFloat ? [32, 64] : encoding === PCM ? [8, 16, 24, 32] : [];
  if (!supported.includes(bits)) {
    throw wavError(
      'unsupported-encoding',
      `expected PCM (1) of 8, 16, 24 or 32 bits or floats (3) of 32 or 64, got encoding ${encoding} of ${bits} bits`,
    );
  }
  if (channels < 1 || channels > 256)
    throw wavError('invalid-channels', `expected 1 to 256 channels, got ${channels}`);
  if (sampleRate < 1 || sampleRate > MAX_SAMPLE_RATE) {
    throw wavError(
      'invalid-rate',
      `expected a sampling rate from 1 to ${MAX_SAMPLE_RATE}, got ${sampleRate}`,
    );
  }
  if (frameBytes !== (channels * bits) / 8) {
    throw wavError(
      'invalid-frame',
      `${channels} channels of ${bits} bits have ${(channels * bits) / 8} bytes, the header says ${frameBytes}`,
    );
  }
  return { isFloat, bytesPerSample: bits / 8, channels, sampleRate };
}

function readSamples(view: DataView, start: number, size: number, format: WavFormat): Float32Array {
  const { channels, bytesPerSample } = format;
  const read = sampleReader(view, format);
  const frames = Math.floor(size / (channels * bytesPerSample));
  const samples = new Float32Array(frames);
  for (let frame = 0, at = start; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += bytesPerSample) sum += read(at);
    samples[frame] = sum / channels;
  }
  return samples;
}

/** Reads the sample at an offset. Integers are divided by the magnitude of the least; those of 8 bits have no sign. */
function sampleReader(view: DataView, { isFloat, bytesPerSample }: WavFormat): (at: number) => number {
  if (isFloat)
    return bytesPerSample === 4 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (bytesPerSample) {
    case 1:
      return (at) => (view.getUint8(at) - 128) / 128;
    case 2:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 3:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function wavError(rule: WavRule, what: string): FormatError<WavRule> {
  return new FormatError(rule, `WAV: ${what} (${rule})`);
}
