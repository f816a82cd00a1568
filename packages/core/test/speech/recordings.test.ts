import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { noise } from '../helpers/noise.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';

// Windows of tiny-whisper.ts have one second.

const OPTIONS = { temperature: 0, noSpeechThreshold: 1, maxTokens: 8, language: 'en' } as const;

let model: SpeechModel;
beforeAll(async () => {
  model = await loadSpeech(tinyWhisperFiles());
});
afterAll(() => model.dispose());

/** Pieces of some lengths; `onEnd` is called when no more are read. */
async function* pieces(samples: Float32Array, lengths: readonly number[], onEnd = () => {}) {
  try {
    for (let at = 0, i = 0; at < samples.length; i++) {
      const to = at + lengths[i % lengths.length]!;
      yield samples.slice(at, to);
      at = to;
    }
  } finally {
    onEnd();
  }
}

test('a sound in pieces of any length gives what it gives as a whole', async () => {
  const samples = noise(0.8);
  const expected = await model.transcribe(samples, { ...OPTIONS, timestamps: 'word' });
  for (const lengths of [[1000], [1, 7, 4097], [0, 50_000]]) {
    const transcript = await model.transcribe(pieces(samples, lengths), { ...OPTIONS, timestamps: 'word' });
    expect(transcript).toEqual(expected);
  }
  const stream = new ReadableStream<Float32Array>({
    start(controller) {
      controller.enqueue(samples.slice(0, 5000));
      controller.enqueue(samples.slice(5000));
      controller.close();
    },
  });
  expect(await model.transcribe(stream, { ...OPTIONS, timestamps: 'word' })).toEqual(expected);
  const silent = await model.transcribe(pieces(new Float32Array(0), [1]), OPTIONS);
  expect(silent).toEqual({ text: '', language: 'en', duration: 0, segments: [] });
});

test('yields the segments of a window as soon as it is full', async () => {
  const samples = noise(3.3);
  let read = 0;
  async function* microphone() {
    for (let at = 0; at < samples.length; at += 1600) {
      read = at + 1600;
      yield samples.slice(at, read);
    }
  }
  const { language: _, ...options } = OPTIONS;
  const found = model.stream(microphone(), { ...options, timestamps: 'none' });
  const ends: number[] = [];
  for (;;) {
    const { done, value } = await found.next();
    if (done) {
      expect([value.duration, value.segments.length]).toEqual([3.3, 4]);
      expect(['en', 'ko']).toContain(value.language);
      break;
    }
    ends.push(Number(value.end.toFixed(2)));
    // No more than the window's samples has been read.
    expect(read).toBe(Math.min(samples.length, Math.ceil((16_000 * value.end) / 1600) * 1600));
  }
  expect(ends).toEqual([1, 2, 3, 3.3]);
});

test('leaving the generator, an error and a signal end the recording', async () => {
  let ended = 0;
  const recording = () => pieces(noise(4), [1600], () => ended++);
  for await (const segment of model.stream(recording(), { ...OPTIONS, timestamps: 'none' })) {
    expect(segment.start).toBe(0);
    break;
  }
  expect(ended).toBe(1);
  const hooks = {
    'encoder.output': () => {
      throw new Error('no more');
    },
  };
  await expect(model.transcribe(recording(), { ...OPTIONS, hooks })).rejects.toThrow('no more');
  expect(ended).toBe(2);

  const controller = new AbortController();
  let isCancelled = false;
  const silent = new ReadableStream<Float32Array>({
    cancel() {
      isCancelled = true;
    },
  });
  const waiting = model.transcribe(silent, { ...OPTIONS, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')));
  await expect(waiting).rejects.toThrow('enough');
  expect(isCancelled).toBe(true);
  // While a recording waits for its samples, others are written down.
  const second = new AbortController();
  const open = model.transcribe(new ReadableStream<Float32Array>(), { ...OPTIONS, signal: second.signal });
  expect((await model.transcribe(noise(0.2), OPTIONS)).duration).toBe(0.2);
  second.abort(new Error('enough'));
  await expect(open).rejects.toThrow('enough');
});

test.each([
  [new Float64Array(4), 'pieces of a sound must be Float32Arrays at 16 kHz, got object'],
  ['sound', 'pieces of a sound must be Float32Arrays at 16 kHz, got string'],
])('refuses pieces such as %o', async (piece, message) => {
  async function* wrong() {
    yield piece as never;
  }
  await expect(model.transcribe(wrong(), OPTIONS)).rejects.toThrow(message);
});
