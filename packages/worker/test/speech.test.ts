import type { Hooks } from '@headwise/core';
import {
  loadSpeech as loadHere,
  type SpeechModel,
  type TranscribeOptions,
  type Transcript,
} from '@headwise/core/speech';
import { expect, test } from 'vitest';
import {
  moonshineSequences,
  moonshineSounds,
  tinyMoonshineFiles,
} from '../../core/test/helpers/tiny-moonshine.ts';
import { tinyWhisperFiles } from '../../core/test/helpers/tiny-whisper.ts';
import { loadSpeech } from '../src/speech.ts';

const sound = Float32Array.from({ length: 28_000 }, (_, i) => Math.sin(i / 7) * Math.cos(i / 900));
const OPTIONS = { language: 'en', temperature: 0, noSpeechThreshold: 1, maxTokens: 10 } as const;

test('a Whisper over two workers writes down what one thread does, with times of words and hooks', async () => {
  const here = await loadHere(tinyWhisperFiles());
  const there = await loadSpeech(tinyWhisperFiles(), { workers: 2 });
  for (const more of [{ timestamps: 'none' }, { timestamps: 'word' }] satisfies TranscribeOptions[]) {
    const [expected, transcript] = [
      await here.transcribe(sound, { ...OPTIONS, ...more }),
      await there.transcribe(sound, { ...OPTIONS, ...more }),
    ];
    expect(transcript.segments.length).toBeGreaterThan(0);
    expect(transcript.segments.map(({ ids, start, end }) => ({ ids, start, end }))).toEqual(
      expected.segments.map(({ ids, start, end }) => ({ ids, start, end })),
    );
    expect(transcript.segments.map(({ words }) => words?.map(({ text, start }) => [text, start]))).toEqual(
      expected.segments.map(({ words }) => words?.map(({ text, start }) => [text, start])),
    );
  }
  const shapes: (readonly number[])[] = [];
  const hooks = { 'encoder.output': ({ shape }: { shape: readonly number[] }) => void shapes.push(shape) };
  await there.transcribe(sound.subarray(0, 8000), { ...OPTIONS, hooks });
  expect(shapes).toEqual([[50, 16]]);
  await Promise.all([here.dispose(), there.dispose()]);
});

test.each([
  ['f32', 0.999999],
  ['q8', 0.99],
  ['q4', 0.9],
] as const)(
  'a Moonshine over two workers in %s writes down what one thread does, with hooks',
  async (dtype, least) => {
    const options = { maxTokens: 12, logProbThreshold: -Infinity };
    const here = await loadHere(tinyMoonshineFiles(), { dtype });
    const there = await loadSpeech(tinyMoonshineFiles(), { workers: 2, dtype });
    expect(there.dtype).toBe(dtype);
    for (const [i, samples] of moonshineSounds.entries()) {
      const [expected, transcript] = await Promise.all(
        [here, there].map((model) => withStates(model, samples, options)),
      );
      expect(transcript!.shape).toEqual([[7, 3, 1][i], 16]);
      expect(cosine(transcript!.data, expected!.data)).toBeGreaterThan(least);
      expect(transcript!.ids.length).toBeGreaterThan(0);
      // Parts are quantised by themselves: another token may be the likeliest.
      if (dtype === 'f32') expect(transcript!.ids).toEqual(moonshineSequences[i]!.greedy);
    }
    await Promise.all([here.dispose(), there.dispose()]);
  },
);

test('several sounds, and beams, over two workers give what they give in one thread', async () => {
  const sounds = [sound.subarray(0, 9000), sound, sound.subarray(4000, 20_000)];
  const here = await loadHere(tinyWhisperFiles());
  const there = await loadSpeech(tinyWhisperFiles(), { workers: 2 });
  for (const beamSize of [1, 3]) {
    const options = { ...OPTIONS, beamSize };
    const transcripts = await there.transcribe(sounds, { ...options, batchSize: 2 });
    const expected = [];
    for (const one of sounds) expected.push(await here.transcribe(one, options));
    expect(transcripts.map(textOf)).toEqual(expected.map(textOf));
  }
  await Promise.all([here.dispose(), there.dispose()]);
});

test.each(['q8', 'q4'] as const)(
  'a Whisper in %s over two workers is near to that in one thread',
  async (dtype) => {
    const here = await loadHere(tinyWhisperFiles(), { dtype });
    const there = await loadSpeech(tinyWhisperFiles(), { dtype, workers: 2 });
    expect([here.dtype, there.dtype]).toEqual([dtype, dtype]);
    const states: Float32Array[] = [];
    for (const model of [here, there]) {
      const hooks: Hooks = {
        'encoder.output': ({ data }) => {
          states.push(data.slice());
        },
      };
      const { segments } = await model.transcribe(sound.subarray(0, 12_000), {
        ...OPTIONS,
        timestamps: 'word',
        hooks,
      });
      expect(segments.flatMap(({ words }) => words).length).toBeGreaterThan(0);
    }
    const [one, two] = states as [Float32Array, Float32Array];
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(dot(one, two) / Math.sqrt(dot(one, one) * dot(two, two))).toBeGreaterThan(0.99);
    await Promise.all([here.dispose(), there.dispose()]);
  },
);

const textOf = ({ segments }: Transcript) => segments.map(({ ids, start, end }) => ({ ids, start, end }));

/** The tokens of a sound, and the encoder's output. */
async function withStates(model: SpeechModel, samples: Float32Array, options: TranscribeOptions) {
  const states: { data: Float32Array; shape: readonly number[] }[] = [];
  const { segments } = await model.transcribe(samples, {
    ...options,
    hooks: { 'encoder.output': ({ data, shape }) => void states.push({ data: data.slice(), shape }) },
  });
  return { ids: segments.flatMap(({ ids }) => ids), ...states[0]! };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
