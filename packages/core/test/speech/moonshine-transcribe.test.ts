import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import { loopPeriod, withoutLoop } from '../../src/speech/moonshine/loops.ts';
import { isSilent, nextPiece } from '../../src/speech/moonshine/pieces.ts';
import type { TranscribeOptions } from '../../src/speech/options.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { moonshineSequences, moonshineSounds, tinyMoonshineFiles } from '../helpers/tiny-moonshine.ts';

const SECOND = 16_000;
/** Greedy tokens, as many as the reference has. */
const OPTIONS = { maxTokens: 12, logProbThreshold: -Infinity } as const;

/** The sound again and again. */
function repeated(sound: Float32Array, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => sound[i % sound.length]!);
}

describe('a Moonshine', () => {
  let model: SpeechModel;
  beforeAll(async () => {
    model = await loadSpeech(tinyMoonshineFiles());
  });
  afterAll(() => model.dispose());

  test('gives the greedy tokens of Hugging Face', async () => {
    for (const [i, sound] of moonshineSounds.entries()) {
      const { segments, text, language, duration } = await model.transcribe(sound, OPTIONS);
      const { greedy } = moonshineSequences[i]!;
      expect(segments[0]!.ids).toEqual(greedy);
      expect(text).toBe(model.tokenizer.decode(greedy).trim());
      expect([language, duration]).toEqual(['en', sound.length / SECOND]);
      expect([segments.length, segments[0]!.start, segments[0]!.end]).toEqual([1, 0, duration]);
      expect(segments[0]!.noSpeechProbability).toBeUndefined();
    }
  });

  test('writes down a list of sounds as each of them', async () => {
    const transcripts = await model.transcribe(moonshineSounds, { ...OPTIONS, batchSize: 2 });
    for (const [i, sound] of moonshineSounds.entries()) {
      const { segments } = await model.transcribe(sound, OPTIONS);
      expect(transcripts[i]!.segments.map(({ ids }) => ids)).toEqual(segments.map(({ ids }) => ids));
    }
  });

  test('writes at most 6.5 tokens for a second', async () => {
    const second = repeated(moonshineSounds[1]!, SECOND);
    const { segments } = await model.transcribe(second, { logProbThreshold: -Infinity });
    expect(segments[0]!.ids.length).toBeLessThanOrEqual(6);
    expect(segments[0]!.ids.length).toBeGreaterThan(0);
  });

  test('cuts a longer sound into pieces, which are segments, also while it is recorded', async () => {
    const sound = repeated(moonshineSounds[0]!, 35 * SECOND).fill(0, 20 * SECOND, 21 * SECOND);
    const { segments, duration } = await model.transcribe(sound, { ...OPTIONS, maxTokens: 4 });
    expect(duration).toBe(35);
    expect(segments.map(({ start, end }) => [start, end])).toEqual([
      [0, expect.closeTo(20.85, 1)],
      [expect.closeTo(20.85, 1), 35],
    ]);
    async function* pieces() {
      for (let at = 0; at < sound.length; at += 7000) yield sound.subarray(at, at + 7000);
    }
    const streamed = [];
    for await (const segment of model.stream(pieces(), { ...OPTIONS, maxTokens: 4 })) streamed.push(segment);
    expect(streamed).toEqual(segments);
  });

  test('reads nothing in silence, and in what is shorter than a token', async () => {
    const silence = await model.transcribe(new Float32Array(40 * SECOND));
    expect([silence.text, silence.segments, silence.duration]).toEqual(['', [], 40]);
    const short = await model.transcribe(moonshineSounds[0]!.subarray(0, 800));
    expect([short.text, short.segments]).toEqual(['', []]);
    expect((await model.transcribe(new Float32Array(0))).text).toBe('');
  });

  test('has hooks on the encoder and the decoder, and says what it writes', async () => {
    const shapes: (readonly number[])[] = [];
    const texts: string[] = [];
    const { segments } = await model.transcribe(moonshineSounds[1]!, {
      ...OPTIONS,
      onText: ({ text }) => texts.push(text),
      hooks: {
        'encoder.output': ({ shape }) => void shapes.push(shape),
        'decoder.blocks.1.crossAttention.weights': ({ shape }) => void shapes.push(shape),
      },
    });
    expect(shapes[0]).toEqual([3, 16]);
    expect(shapes.slice(1)).toEqual(segments[0]!.ids.map(() => [1, 2, 1, 3]));
    expect(texts).toHaveLength(segments[0]!.ids.length);
    expect(texts.at(-1)).toBe(segments[0]!.text);
  });

  test('follows several beams', async () => {
    const sum = async (beamSize: number) => {
      const { segments } = await model.transcribe(moonshineSounds[2]!, {
        ...OPTIONS,
        maxTokens: 5,
        beamSize,
      });
      return segments[0]!.averageLogProbability;
    };
    expect(await sum(4)).toBeGreaterThanOrEqual(await sum(1));
  });

  test('knows its language', async () => {
    expect(model.languages).toEqual(['en']);
    expect(await model.detectLanguage(moonshineSounds[0]!)).toEqual([{ language: 'en', probability: 1 }]);
    const korean = await loadSpeech({
      ...tinyMoonshineFiles(),
      'generation_config.json': JSON.stringify({ language: 'ko' }),
    });
    expect(korean.languages).toEqual(['ko']);
    await expect(korean.transcribe(moonshineSounds[0]!, { language: 'en' })).rejects.toThrow(
      'transcribe: language must be ko, got "en"',
    );
    // Words of other languages have more tokens.
    const second = repeated(moonshineSounds[1]!, SECOND);
    const { segments } = await korean.transcribe(second, { logProbThreshold: -Infinity });
    expect(segments[0]!.ids.length).toBeGreaterThan(6);
    await korean.dispose();
  });

  test.each([
    [{ language: 'ko' }, 'language must be en, got "ko"'],
    [{ task: 'translate' }, 'does not translate'],
    [{ timestamps: 'word' }, 'timestamps must be segment or none'],
    [{ prompt: 'Names' }, 'leave out prompt'],
    [{ conditionOnPreviousText: true }, 'leave out conditionOnPreviousText'],
    [{ noSpeechThreshold: 0.5 }, 'leave out noSpeechThreshold'],
    [{ maxTokens: 40 }, 'maxTokens must be at most 39'],
    [{ temperature: -1 }, 'temperature must be'],
  ] satisfies [TranscribeOptions, string][])('refuses %o', async (options, message) => {
    const call = model.transcribe(moonshineSounds[0]!, options);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(ConfigError);
  });
});

test('loadSpeech refuses other models, and a Moonshine whose texts do not end', async () => {
  await expect(loadSpeech(tinyMoonshineFiles({ model_type: 'bart' }))).rejects.toThrow(
    'model_type must be whisper or moonshine, got "bart"',
  );
  await expect(loadSpeech(tinyMoonshineFiles({ eos_token_id: [] }))).rejects.toThrow(
    'eos_token_id must be a token id',
  );
  await expect(loadSpeech(tinyMoonshineFiles({ hidden_size: 32 }))).rejects.toThrow(
    /must be \[.*\] by the configuration/,
  );
});

test('a sound is cut where it is quietest, from 10 to 30 seconds', () => {
  const sound = new Float32Array(45 * SECOND).fill(0.1);
  // Quieter, but too early.
  sound.fill(0, 5 * SECOND, 6 * SECOND);
  sound.fill(0.01, 14 * SECOND, 15 * SECOND);
  sound.fill(0.001, 25 * SECOND, 26 * SECOND);
  const piece = nextPiece(sound);
  expect(piece.length / SECOND).toBeGreaterThan(25);
  expect(piece.length / SECOND).toBeLessThan(26);
  expect(nextPiece(sound.subarray(0, 30 * SECOND)).length).toBe(30 * SECOND);
  expect(isSilent(new Float32Array(10).fill(-1e-5))).toBe(true);
  expect(isSilent(sound)).toBe(false);
});

test.each([
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], undefined],
  [[7, 7, 7, 7, 7, 7, 7, 7, 7], undefined],
  [[3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7], 1],
  [[5, 8, 9, 8, 9, 8, 9, 8, 9], undefined],
  [[5, 8, 9, 8, 9, 8, 9, 8, 9, 8, 9], 2],
  [[4, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], 3],
])('%j ends with copies of %s tokens', (ids, period) => {
  expect(loopPeriod(ids)).toBe(period);
  if (period === undefined) expect(withoutLoop(ids)).toEqual(ids);
  else expect(withoutLoop(ids)).toEqual(ids.slice(0, 1 + period));
});
