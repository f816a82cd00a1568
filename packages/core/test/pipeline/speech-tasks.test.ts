import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { pipeline } from '../../src/pipeline.ts';
import { loadSpeech } from '../../src/speech/load-speech.ts';
import type { SpeechModel } from '../../src/speech/speech-model.ts';
import { noise } from '../helpers/noise.ts';
import { moonshineSounds, tinyMoonshineFiles } from '../helpers/tiny-moonshine.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';
import { wavFile } from '../helpers/wav.ts';

// The tiny model's windows have a second.
const sound = noise(1.6);
const file = wavFile([[...sound]], { encoding: 'float', bits: 32 });

let model: SpeechModel;
beforeAll(async () => {
  model = await loadSpeech(tinyWhisperFiles());
});
afterAll(() => model.dispose());

const textOf = ({ segments }: { segments: readonly { text: string }[] }) =>
  segments.map(({ text }) => text).join('');

describe('automatic-speech-recognition', () => {
  test('gives the text, with times of segments or words on request', async () => {
    const transcriber = await pipeline('automatic-speech-recognition', model);
    const options = { language: 'en', temperature: 0 };
    const timed = await model.transcribe(sound, { ...options, timestamps: 'segment' });
    expect(await transcriber(sound, options)).toEqual({ text: textOf(timed) });
    expect(await transcriber(sound, { ...options, return_timestamps: true })).toEqual({
      text: textOf(timed),
      chunks: timed.segments.map(({ text, start, end }) => ({ text, timestamp: [start, end] })),
    });

    const words = await model.transcribe(sound, { ...options, timestamps: 'word' });
    const { chunks } = await transcriber(sound, { ...options, returnTimestamps: 'word' } as never);
    expect(chunks).toEqual(
      words.segments.flatMap(({ words = [] }) =>
        words.map(({ text, start, end }) => ({ text, timestamp: [start, end] })),
      ),
    );
    expect(chunks).not.toEqual([]);
  });

  test('takes several sounds, doubles, files and URLs', async () => {
    const transcriber = await pipeline('asr', model);
    expect(transcriber.task).toBe('automatic-speech-recognition');
    const fetched: string[] = [];
    const served = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
      fetched.push(String(url));
      return new Response(file, { status: String(url).endsWith('sound.wav') ? 200 : 404 });
    });
    onTestFinished(() => served.mockRestore());
    const options = { language: 'ko', temperature: 0 };
    const expected = await transcriber(sound, options);
    const url = 'https://example.com/sound.wav';
    const all = [sound, Float64Array.from(sound), file, new Blob([file]), url, new URL(url)];
    expect(await transcriber(all, options)).toEqual(all.map(() => expected));
    expect(fetched).toEqual([url, url]);
    await expect(transcriber('https://example.com/none.wav')).rejects.toMatchObject({
      code: 'ERR_LOAD',
      status: 404,
    });
    await expect(transcriber('sound.wav')).rejects.toThrow('must be a URL, got "sound.wav"');
    await expect(transcriber(5 as never)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(await transcriber([])).toEqual([]);
  });

  test('knows languages by code, token and name, and options by their names there', async () => {
    const transcriber = await pipeline('automatic-speech-recognition', model);
    const transcribe = vi.spyOn(model, 'transcribe');
    onTestFinished(() => transcribe.mockRestore());
    for (const language of ['ko', 'Korean', '<|ko|>', 'KO']) {
      await transcriber(sound, { language, task: 'translate', temperature: 0, chunk_length_s: 30 });
      expect(transcribe).toHaveBeenLastCalledWith([sound], {
        language: 'ko',
        task: 'translate',
        temperature: 0,
        timestamps: 'segment',
      });
    }
    await transcriber(sound, {
      language: 'en',
      num_beams: 2,
      max_new_tokens: 4,
      stride_length_s: 5,
      no_speech_threshold: 0.9,
      temperature: 0,
    });
    expect(transcribe).toHaveBeenLastCalledWith([sound], {
      language: 'en',
      beamSize: 2,
      maxTokens: 4,
      noSpeechThreshold: 0.9,
      temperature: 0,
      timestamps: 'segment',
    });
  });

  test('refuses what it does not know', async () => {
    const transcriber = await pipeline('automatic-speech-recognition', model);
    for (const [options, message] of [
      [{ language: 'klingon' }, 'one of en, ko'],
      [{ language: 'burmese' }, 'one of en, ko'],
      [{ return_timestamps: 'char' }, 'return_timestamps must be a boolean'],
      [{ chunk_length_s: -1 }, 'chunkLengthS must be a finite number of at least 0'],
      [{ timestamps: 'word' }, 'unknown option timestamps'],
      [{ prompt_ids: [1] }, 'unknown option promptIds'],
      [{ streamer: {} }, 'pipe.model.stream'],
      [{ signal: AbortSignal.abort(new Error('enough')) }, 'enough'],
    ] as const)
      await expect(transcriber(sound, options as never)).rejects.toThrow(message);
    await expect(
      pipeline('automatic-speech-recognition', tinyMoonshineFiles({ model_type: 'bert' })),
    ).rejects.toThrow(/model_type/);
  });

  test('loads its model, also a Moonshine, and disposes of it', async () => {
    let kept: SpeechModel;
    {
      await using transcriber = await pipeline('automatic-speech-recognition', tinyMoonshineFiles(), {
        dtype: 'f32',
      });
      kept = transcriber.model;
      const { text, chunks } = await transcriber(moonshineSounds[0]!, { return_timestamps: true });
      expect(text).toBe(chunks!.map((chunk) => chunk.text).join(''));
    }
    await expect(kept.transcribe(sound)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});
