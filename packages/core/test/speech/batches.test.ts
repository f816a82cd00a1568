import { afterAll, beforeAll, expect, test } from 'vitest';
import { LocalDecoderEngine } from '../../src/engine/local-decoder-engine.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import type { TranscribeOptions } from '../../src/speech/options.ts';
import type { Transcript } from '../../src/speech/result.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { noise } from '../helpers/noise.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';

/** Sounds of one to three windows. */
const SOUNDS = [0.6, 2.4, 0.9, 1.3, 0.4].map((seconds, i) => noise(seconds, i + 1));
/** Whatever comes is accepted: the weights are random. */
const ACCEPT = { temperature: 0, noSpeechThreshold: 1, maxTokens: 10 } as const;

let model: SpeechModel;
beforeAll(async () => {
  model = await loadSpeech(tinyWhisperFiles());
});
afterAll(() => model.dispose());

/** Log probabilities of passes over several sounds differ by their rounding. */
function rounded({ segments, ...transcript }: Transcript) {
  return {
    ...transcript,
    segments: segments.map((segment) => ({
      ...segment,
      averageLogProbability: segment.averageLogProbability.toFixed(4),
      noSpeechProbability: segment.noSpeechProbability.toFixed(6),
      words: segment.words?.map((word) => ({ ...word, probability: word.probability.toFixed(4) })),
    })),
  };
}

test.each<[string, TranscribeOptions]>([
  ['segments, languages found out', { ...ACCEPT }],
  ['words', { ...ACCEPT, language: 'en', timestamps: 'word', conditionOnPreviousText: true }],
  ['beams', { ...ACCEPT, language: 'ko', beamSize: 3, timestamps: 'none' }],
  [
    'sampled tokens',
    { language: 'en', temperature: [0, 0.5], logProbThreshold: 1, noSpeechThreshold: 1, maxTokens: 6 },
  ],
])('several sounds give what they give one by one: %s', async (_, options) => {
  const expected: Transcript[] = [];
  for (const sound of SOUNDS) expected.push(await model.transcribe(sound, options));
  expect(expected.flatMap(({ segments }) => segments).length).toBeGreaterThan(5);
  for (const batchSize of [1, 2, 8]) {
    const transcripts = await model.transcribe(SOUNDS, { ...options, batchSize });
    expect(transcripts.map(rounded)).toEqual(expected.map(rounded));
  }
  expect(await model.transcribe([], options)).toEqual([]);
});

test('several sounds share the passes of the decoder, in at most batchSize slots', async ({
  onTestFinished,
}) => {
  const { openSession } = LocalDecoderEngine.prototype;
  onTestFinished(() => {
    LocalDecoderEngine.prototype.openSession = openSession;
  });
  const slots: number[] = [];
  const sequences: number[] = [];
  LocalDecoderEngine.prototype.openSession = async function (options) {
    slots.push(options.slots);
    const session = await openSession.call(this, options);
    const { decode } = session;
    session.decode = (batch, options) => {
      sequences.push(batch.slots.length);
      return decode.call(session, batch, options);
    };
    return session;
  };
  await model.transcribe(SOUNDS, { ...ACCEPT, language: 'en', batchSize: 3 });
  expect(slots).toEqual([3]);
  expect(Math.max(...sequences)).toBe(3);
  const total = sequences.reduce((sum, count) => sum + count, 0);
  expect(total / sequences.length).toBeGreaterThan(2);
});

test('a broken sound among several rejects the call, an aborted call ends, and the model stays usable', async () => {
  const options = { ...ACCEPT, language: 'en' } as const;
  const broken = Float32Array.of(Number.NaN, ...SOUNDS[0]!);
  await expect(model.transcribe([SOUNDS[1]!, broken, SOUNDS[2]!], options)).rejects.toThrow(
    'samples must be finite',
  );
  await expect(model.transcribe([SOUNDS[1]!, 'sound' as never], options)).rejects.toThrow(
    'transcribe: the sound must be a Float32Array',
  );
  const controller = new AbortController();
  const running = model.transcribe(SOUNDS, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await expect(running).rejects.toThrow('enough');
  const [first] = await model.transcribe(SOUNDS.slice(0, 2), options);
  expect(rounded(first!)).toEqual(rounded(await model.transcribe(SOUNDS[0]!, options)));
});

test.each([
  [{ batchSize: 0 }, 'transcribe: batchSize must be a whole number of at least 1'],
  [{ batchSize: 300, beamSize: 4 }, 'transcribe: beamSize · batchSize must be at most 1024, got 1200'],
  [{ beamSize: 2.5 }, 'transcribe: beamSize must be a whole number of at least 1'],
  [{ patience: 0 }, 'transcribe: patience must be a finite number above 0'],
])('several sounds with %o are refused', async (options, message) => {
  await expect(model.transcribe(SOUNDS, options)).rejects.toThrow(message);
});
