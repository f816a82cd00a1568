import { loadSpeech as loadHere, type TranscribeOptions } from '@headwise/core/speech';
import { expect, test } from 'vitest';
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
