import { ConfigError } from '../../errors.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';
import { resample } from './resample.ts';
import { isWav, readWav } from './wav.ts';

/** Samples with their sampling rate in hertz: of one channel, or of several that are averaged. */
export interface SampledAudio {
  readonly samples: Float32Array | readonly Float32Array[];
  readonly sampleRate: number;
}

/** What this module uses of a browser's `AudioBuffer`. */
export interface AudioBufferLike {
  readonly numberOfChannels: number;
  readonly sampleRate: number;
  getChannelData(channel: number): Float32Array;
}

/**
 * A sound: samples of one channel at 16 kHz, samples at another rate, a browser's `AudioBuffer`, or a file. WAV files are read everywhere, other
 * formats where there is a `decodeAudioData`: in the pages of browsers.
 */
export type AudioInput = Float32Array | SampledAudio | AudioBufferLike | ArrayBuffer | Uint8Array | Blob;

/** The samples of a sound as one channel at 16 kHz. Rejects with `ConfigError` and `FormatError`. */
export async function readAudio(
  task: string,
  input: AudioInput,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const audio = await decode(task, input);
  signal?.throwIfAborted();
  if (audio instanceof Float32Array) return audio;
  return resample(mixDown(task, audio.samples), audio.sampleRate, SAMPLE_RATE, signal);
}

async function decode(task: string, input: AudioInput): Promise<Float32Array | SampledAudio> {
  if (input instanceof Float32Array) return input;
  if (input instanceof Blob) return readFile(task, new Uint8Array(await input.arrayBuffer()));
  if (input instanceof ArrayBuffer) return readFile(task, new Uint8Array(input));
  if (input instanceof Uint8Array) return readFile(task, input);
  if (isAudioBuffer(input)) return sampled(input);
  if (typeof input === 'object' && input !== null && 'samples' in input) return input;
  throw new ConfigError(
    `${task}: the sound must be a Float32Array at 16 kHz, { samples, sampleRate }, an AudioBuffer, a Blob, or the bytes of a file`,
  );
}

function isAudioBuffer(input: unknown): input is AudioBufferLike {
  return typeof (input as Partial<AudioBufferLike> | null)?.getChannelData === 'function';
}

function sampled(buffer: AudioBufferLike): SampledAudio {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  return { samples: channels, sampleRate: buffer.sampleRate };
}

async function readFile(task: string, bytes: Uint8Array): Promise<SampledAudio> {
  if (isWav(bytes)) return readWav(bytes);
  if (typeof OfflineAudioContext === 'undefined') {
    throw new ConfigError(
      `${task}: the file is not WAV, and other formats are decoded in the pages of browsers alone; convert it, or pass its samples`,
    );
  }
  // decodeAudioData converts to the rate of its context, and takes the buffer away.
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  try {
    return sampled(await context.decodeAudioData(new Uint8Array(bytes).buffer));
  } catch (error) {
    throw new ConfigError(`${task}: the browser cannot decode the file: ${String(error)}`, { cause: error });
  }
}

function mixDown(task: string, samples: SampledAudio['samples']): Float32Array {
  if (samples instanceof Float32Array) return samples;
  const isList = Array.isArray(samples) && samples.every((channel) => channel instanceof Float32Array);
  const [first, ...others] = isList ? (samples as readonly Float32Array[]) : [];
  if (!first) throw new ConfigError(`${task}: samples must be a Float32Array, or one for each channel`);
  if (others.length === 0) return first;
  if (others.some(({ length }) => length !== first.length)) {
    throw new ConfigError(`${task}: all channels must have as many samples as the first, ${first.length}`);
  }
  const mixed = first.slice();
  for (const channel of others) for (let i = 0; i < mixed.length; i++) mixed[i]! += channel[i]!;
  return mixed.map((sum) => sum / (others.length + 1));
}
