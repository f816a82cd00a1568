import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logMel } from '../../src/speech/features/log-mel.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import type { PartialTranscript } from '../../src/speech/result.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { noise } from '../helpers/noise.ts';
import { TINY_WHISPER, tinyWhisperFiles, tinyWhisperGeneration } from '../helpers/tiny-whisper.ts';
import { referenceDecoder, referenceEncoder } from '../helpers/whisper-reference.ts';

const { num_mel_bins: BINS, max_source_positions: POSITIONS } = TINY_WHISPER;
const [END, START, ENGLISH, TRANSCRIBE, NO_SPEECH, NO_TIMESTAMPS] = [256, 257, 258, 261, 264, 265];
/** Whatever comes is accepted: the weights are random. */
const ACCEPT = { temperature: 0, noSpeechThreshold: 1 } as const;

/** Greedy tokens of the first window without timestamps, by the model's definition. */
async function expectedIds(samples: Float32Array, count: number) {
  const mel = await logMel(samples, { bins: BINS, padding: 16_000 });
  const frames = Array.from({ length: 2 * POSITIONS }, (_, i) => [
    ...mel.data.subarray(i * BINS, (i + 1) * BINS),
  ]);
  const states = referenceEncoder(frames);
  const ids = [START, ENGLISH, TRANSCRIBE, NO_TIMESTAMPS];
  const first = ids.length;
  let logProbabilities = 0;
  for (;;) {
    const { logits } = referenceDecoder(ids, states);
    const row = logits.at(-1)!;
    const banned = [
      ...tinyWhisperGeneration.suppress_tokens,
      NO_TIMESTAMPS,
      ...(ids.length === first ? tinyWhisperGeneration.begin_suppress_tokens : []),
    ];
    const candidates = row.map((logit, id) =>
      banned.includes(id) || id > NO_TIMESTAMPS ? -Infinity : logit,
    );
    const most = Math.max(...candidates);
    const next = candidates.indexOf(most);
    logProbabilities -= Math.log(candidates.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
    if (next === END) break;
    ids.push(next);
    if (ids.length === first + count) break;
  }
  const atStart = referenceDecoder([START], states).logits[0]!;
  const noSpeech = Math.exp(atStart[NO_SPEECH]!) / atStart.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return { ids: ids.slice(first), average: logProbabilities / (ids.length - first + 1), noSpeech };
}

describe('transcribe', () => {
  let model: SpeechModel;
  beforeAll(async () => {
    model = await loadSpeech(tinyWhisperFiles());
  });
  afterAll(() => model.dispose());

  test('without timestamps gives the greedy tokens of the definition', async () => {
    const samples = noise(0.8);
    const expected = await expectedIds(samples, 8);
    const { segments, duration, language } = await model.transcribe(samples, {
      ...ACCEPT,
      language: 'en',
      timestamps: 'none',
      maxTokens: 8,
    });
    expect([duration, language, segments.length]).toEqual([0.8, 'en', 1]);
    const [segment] = segments;
    expect(segment!.ids).toEqual(expected.ids);
    expect([segment!.start, segment!.end, segment!.temperature]).toEqual([0, 0.8, 0]);
    expect(segment!.averageLogProbability).toBeCloseTo(expected.average, 4);
    expect(segment!.noSpeechProbability).toBeCloseTo(expected.noSpeech, 5);
  });

  test('yields the segments of every window, with times within the sound', async () => {
    const samples = noise(2.5);
    const options = { ...ACCEPT, language: 'ko', maxTokens: 12 } as const;
    const yielded = [];
    for await (const segment of model.stream(samples, options)) yielded.push(segment);
    const { segments } = await model.transcribe({ samples, sampleRate: 16_000 }, options);
    expect(segments).toEqual(yielded);
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.at(-1)!.start).toBeGreaterThanOrEqual(1);
    for (const { start, end, text } of segments) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(2.5 + 1e-9);
      expect(text).not.toContain('<|');
    }
  });

  test('with words has all of the text in them, in order of time', async () => {
    const { segments } = await model.transcribe(noise(1.7), {
      ...ACCEPT,
      language: 'en',
      timestamps: 'word',
      maxTokens: 12,
    });
    expect(segments.length).toBeGreaterThan(0);
    for (const { text, words } of segments) {
      expect(words!.map((word) => word.text).join('')).toBe(text);
      let time = 0;
      for (const { start, end, probability } of words!) {
        expect(start).toBeGreaterThanOrEqual(time);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(probability).toBeGreaterThan(0);
        time = start;
      }
    }
  });

  test('says what a window says so far, after each token', async () => {
    const seen: PartialTranscript[] = [];
    const { segments } = await model.transcribe(noise(0.8), {
      ...ACCEPT,
      language: 'en',
      timestamps: 'none',
      maxTokens: 8,
      onText: (partial) => seen.push(partial),
    });
    const { ids, text } = segments[0]!;
    expect(seen).toEqual(
      ids.map((_, i) => ({ start: 0, text: model.tokenizer.decode(ids.slice(0, i + 1)), temperature: 0 })),
    );
    expect(seen.at(-1)!.text).toBe(text);
    expect(model.alignmentHeads).toEqual([
      { layer: 0, head: 1 },
      { layer: 1, head: 3 },
    ]);
  });

  test('finds out the language, and takes it', async () => {
    const samples = noise(0.5);
    const scores = await model.detectLanguage(samples);
    expect(scores.map(({ language }) => language).toSorted()).toEqual(['en', 'ko']);
    expect(scores[0]!.probability + scores[1]!.probability).toBeCloseTo(1, 6);
    expect(scores[0]!.probability).toBeGreaterThan(scores[1]!.probability);
    const found = await model.transcribe(samples, ACCEPT);
    expect(found.language).toBe(scores[0]!.language);
    expect(found).toEqual(await model.transcribe(samples, { ...ACCEPT, language: scores[0]!.language }));
  });

  test('tries the next temperature after an improbable window, repeatably, and skips windows without speech', async () => {
    const samples = noise(0.5);
    const options = {
      language: 'en',
      timestamps: 'none',
      maxTokens: 6,
      logProbThreshold: 1,
      noSpeechThreshold: 1,
    } as const;
    const tried = await model.transcribe(samples, { ...options, temperature: [0, 0.5, 0.9], seed: 3 });
    expect(tried.segments.every(({ temperature }) => temperature === 0.9)).toBe(true);
    expect(tried).toEqual(
      await model.transcribe(samples, { ...options, temperature: [0, 0.5, 0.9], seed: 3 }),
    );
    const skipped = await model.transcribe(samples, { ...options, noSpeechThreshold: 0 });
    expect(skipped).toMatchObject({ text: '', segments: [], duration: 0.5 });
  });

  test('reads prompts and the text before', async () => {
    const samples = noise(2);
    const options = { ...ACCEPT, language: 'en', maxTokens: 10 } as const;
    const texts = [];
    for (const more of [{}, { prompt: 'Ada Lovelace' }, { conditionOnPreviousText: true }]) {
      const { segments } = await model.transcribe(samples, { ...options, timestamps: 'none', ...more });
      texts.push(segments.map(({ averageLogProbability }) => averageLogProbability.toFixed(5)));
    }
    const [plain, prompted, conditioned] = texts as [string[], string[], string[]];
    expect(plain).toHaveLength(2);
    expect(prompted[0]).not.toBe(plain[0]);
    expect([conditioned[0] === plain[0], conditioned[1] === plain[1]]).toEqual([true, false]);
  });

  test('calls hooks, and ends when its signal is aborted', async () => {
    const shapes: (readonly number[])[] = [];
    const controller = new AbortController();
    const hooks = {
      'encoder.output': ({ shape }: { shape: readonly number[] }) => void shapes.push(shape),
      'decoder.blocks.0.crossAttention.weights': () => controller.abort(new Error('enough')),
    };
    await expect(
      model.transcribe(noise(1), { ...ACCEPT, language: 'en', hooks, signal: controller.signal }),
    ).rejects.toThrow('enough');
    expect(shapes).toEqual([[POSITIONS, 16]]);
  });

  test.each([
    [{ language: 'de' }, 'transcribe: language must be one of en, ko, got "de"'],
    [{ task: 'sing' }, 'transcribe: task must be one of transcribe, translate, got "sing"'],
    [{ temperature: -1 }, 'transcribe: temperature must be a finite number of at least 0'],
    [{ temperature: [] }, 'transcribe: temperature must be'],
    [{ maxTokens: 21 }, 'transcribe: maxTokens must be at most 20'],
    [{ lang: 'en' }, 'transcribe: unknown option lang'],
  ])('refuses %o', async (options, message) => {
    await expect(model.transcribe(noise(0.1), options as never)).rejects.toThrow(message);
  });
});

test('loadSpeech refuses files that are not those of a Whisper', async () => {
  const files = tinyWhisperFiles();
  const { 'tokenizer.json': tokenizer } = files;
  const without = JSON.stringify(JSON.parse(tokenizer as string)).replace('<|transcribe|>', '<|other|>');
  await expect(loadSpeech({ ...files, 'tokenizer.json': without })).rejects.toThrow(
    'has no token <|transcribe|>',
  );
  const generation = { ...tinyWhisperGeneration, alignment_heads: [[2, 0]] };
  await expect(
    loadSpeech({ ...files, 'generation_config.json': JSON.stringify(generation) }),
  ).rejects.toThrow('alignment_heads must be pairs of a layer below 2 and a head below 4, got [[2,0]]');
  await expect(loadSpeech({ ...files, 'config.json': '{"model_type":"bert"}' })).rejects.toThrow(
    'model_type must be whisper',
  );
});

test('a model of English has no language to choose', async () => {
  const generation = JSON.stringify({ ...tinyWhisperGeneration, is_multilingual: false });
  const model = await loadSpeech({ ...tinyWhisperFiles(), 'generation_config.json': generation });
  expect(model.languages).toEqual(['en']);
  expect(await model.detectLanguage(noise(0.2))).toEqual([{ language: 'en', probability: 1 }]);
  expect((await model.transcribe(noise(0.2), ACCEPT)).language).toBe('en');
  await expect(model.transcribe(noise(0.2), { task: 'translate' })).rejects.toThrow('knows English alone');
  await model.dispose();
});
