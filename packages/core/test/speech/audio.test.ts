import { describe, expect, test } from 'vitest';
import { type AudioInput, readAudio } from '../../src/speech/audio/read-audio.ts';
import { resample } from '../../src/speech/audio/resample.ts';
import { readWav, type WavRule } from '../../src/speech/audio/wav.ts';
import { wavFile } from '../helpers/wav.ts';

const VALUES = [0, 0.5, -0.5, 0.25, -1];

describe('readWav', () => {
  test.each([
    ['pcm', 8],
    ['pcm', 16],
    ['pcm', 24],
    ['pcm', 32],
    ['float', 32],
    ['float', 64],
  ] as const)('reads %s of %i bits', (encoding, bits) => {
    const { samples, sampleRate } = readWav(wavFile([VALUES], { encoding, bits, sampleRate: 22_050 }));
    expect([...samples]).toEqual(VALUES);
    expect(sampleRate).toBe(22_050);
  });

  test('averages channels, reads extensible formats, passes over other chunks, and reads what there is of a file that was cut off', () => {
    const [left, right] = [VALUES, VALUES.map((value) => value / 2)];
    const file = wavFile([left, right], { encoding: 'pcm', bits: 16, extensible: true, chunk: 'LIST' });
    expect([...readWav(file).samples]).toEqual(VALUES.map((value) => value * 0.75));
    expect([...readWav(file.subarray(0, file.length - 5)).samples]).toHaveLength(VALUES.length - 2);
  });

  const valid = wavFile([VALUES], { encoding: 'pcm', bits: 16 });
  const changed = (at: number, ...bytes: number[]) => {
    const file = valid.slice();
    file.set(bytes, at);
    return file;
  };
  test.each<[WavRule, Uint8Array]>([
    ['not-wav', new Uint8Array(3)],
    ['not-wav', changed(8, 65)],
    ['chunk-past-end', changed(16, 255, 255)],
    ['missing-format', changed(12, 65)],
    ['missing-format', changed(16, 8)],
    ['missing-data', valid.subarray(0, 36)],
    ['unsupported-encoding', changed(20, 7)],
    ['unsupported-encoding', changed(34, 12)],
    ['invalid-channels', changed(22, 0)],
    ['invalid-channels', changed(22, 1, 2)],
    ['invalid-rate', changed(24, 0, 0, 0, 0)],
    ['invalid-frame', changed(32, 3)],
  ])('refuses a file that breaks %s', (rule, file) => {
    expect(() => readWav(file)).toThrow(expect.objectContaining({ code: 'ERR_FORMAT', rule }));
  });
});

describe('resample', () => {
  const sine = (rate: number, length: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate));

  test.each([
    [44_100, 16_000],
    [8_000, 16_000],
    [22_050, 16_000],
    [48_000, 16_000],
  ])('keeps a tone, from %i to %i Hz', async (from, to) => {
    const result = await resample(sine(from, from / 10), from, to);
    expect(result).toHaveLength(Math.ceil(to / 10));
    const expected = sine(to, result.length);
    for (let i = 100; i < result.length - 100; i++)
      expect(Math.abs(result[i]! - expected[i]!)).toBeLessThan(2e-3);
  });

  test('leaves out what the lower rate cannot have', async () => {
    const high = Float32Array.from({ length: 4800 }, (_, i) => Math.sin((2 * Math.PI * 11_000 * i) / 48_000));
    const result = await resample(high, 48_000, 16_000);
    expect(Math.max(...result.subarray(100, -100).map(Math.abs))).toBeLessThan(0.02);
  });

  test('refuses rates that are none', async () => {
    await expect(resample(new Float32Array(1), 0, 16_000)).rejects.toThrow(
      'a whole number from 1 to 768000, got 0',
    );
    await expect(resample(new Float32Array(1), 16_000, 0.5)).rejects.toThrow('got 0.5');
  });
});

describe('readAudio', () => {
  const rate = 16_000;
  const samples = Float32Array.from(VALUES);
  const file = wavFile([VALUES], { encoding: 'float', bits: 32, sampleRate: rate });
  test.each<[string, AudioInput]>([
    ['samples', samples],
    ['samples with a rate', { samples, sampleRate: rate }],
    ['channels', { samples: [samples, samples], sampleRate: rate }],
    ['an AudioBuffer', { numberOfChannels: 1, sampleRate: rate, getChannelData: () => samples }],
    ['bytes', file],
    ['a buffer', new Uint8Array(file).buffer],
    ['a Blob', new Blob([new Uint8Array(file)])],
  ])('takes %s', async (_, input) => {
    expect([...(await readAudio('test', input))]).toEqual(VALUES);
  });

  test.each<[string, unknown]>([
    ['the sound must be a Float32Array at 16 kHz', 'talk.wav'],
    ['samples must be a Float32Array, or one for each channel', { samples: [], sampleRate: rate }],
    [
      'all channels must have as many samples as the first, 5',
      { samples: [samples, samples.slice(1)], sampleRate: rate },
    ],
    ['the file is not WAV', new Uint8Array([1, 2, 3])],
  ])('refuses: %s', async (message, input) => {
    await expect(readAudio('test', input as AudioInput)).rejects.toThrow(`test: ${message}`);
  });
});
