import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSpeech, type SpeechModel, toSrt, toVtt } from '@headwise/core/speech';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from '../../core/test/helpers/noise.ts';
import { tinyWhisperFiles } from '../../core/test/helpers/tiny-whisper.ts';
import { wavFile } from '../../core/test/helpers/wav.ts';
import { type RunningServer, startServer } from '../src/index.ts';
import { clientOf, metric, post, small } from './helpers.ts';

// A Whisper of random weights, called through the service and directly.

const sound = wavFile([[...noise(1.5)]], { encoding: 'pcm', bits: 16, sampleRate: 16_000 });
let folder: string;
let server: RunningServer;
let client: OpenAI;
let model: SpeechModel;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwise-audio-'));
  const source = join(folder, 'whisper');
  await mkdir(source);
  for (const [name, content] of Object.entries(tinyWhisperFiles())) {
    await writeFile(join(source, name), content as string | Uint8Array);
  }
  server = await startServer([{ source, speech: true }, await small('ko-student')], {
    port: 0,
    logger: false,
    maxAudioSize: 100_000,
    maxBodySize: 1000,
  });
  client = clientOf(server);
  model = await loadSpeech(source);
});
afterAll(async () => {
  await server.close();
  await model.dispose();
  await rm(folder, { recursive: true, force: true });
});

const file = () => toFile(sound, 'sound.wav');
const request = async () => ({ model: 'whisper', file: await file(), language: 'en' }) as const;

describe('transcriptions', () => {
  test('are those of the model, in every format', async () => {
    const expected = await model.transcribe(sound, { language: 'en', timestamps: 'word' });
    expect(expected.segments.length).toBeGreaterThan(0);
    const { create } = client.audio.transcriptions;
    const of = create.bind(client.audio.transcriptions);
    expect((await of(await request())).text).toBe(expected.text);
    const verbose = await of({
      ...(await request()),
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    });
    expect(verbose).toMatchObject({ language: 'en', duration: 1.5, text: expected.text });
    expect(
      verbose.segments!.map(({ start, end, text, tokens }) => ({ start, end, text, ids: tokens })),
    ).toEqual(expected.segments.map(({ start, end, text, ids }) => ({ start, end, text, ids })));
    expect(verbose.words).toEqual(
      expected.segments.flatMap(({ words }) =>
        words!.map(({ text, start, end }) => ({ word: text.trim(), start, end })),
      ),
    );
    const plain = await model.transcribe(sound, { language: 'en' });
    const formats = { text: `${plain.text}\n`, srt: toSrt(plain), vtt: toVtt(plain) } as const;
    for (const [response_format, text] of Object.entries(formats)) {
      expect(await of({ ...(await request()), response_format: response_format as 'text' })).toBe(text);
    }
    expect(await metric(server, 'headwise_tokens_total{model="whisper",kind="completion"}')).toBeGreaterThan(
      0,
    );
  });

  test('translations, prompts and temperatures reach the model', async () => {
    const translated = await model.transcribe(sound, { task: 'translate', prompt: 'Ada', temperature: 0.5 });
    const { text } = await client.audio.translations.create({
      model: 'whisper',
      file: await file(),
      prompt: 'Ada',
      temperature: 0.5,
    });
    expect(text).toBe(translated.text);
  });
});

describe('a sound is refused', () => {
  const refused = async (fields: Readonly<Record<string, string | Blob>>, init: RequestInit = {}) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST', body, ...init });
    const { error } = (await response.json()) as { error: { code: string; param: string | null } };
    return [response.status, error.code, error.param];
  };
  const blob = new Blob([sound]);

  test.each<[string, Readonly<Record<string, string | Blob>>, number, string, string | null]>([
    ['without a file', { model: 'whisper' }, 400, 'invalid_value', 'file'],
    ['as a text', { model: 'whisper', file: 'sound' }, 400, 'invalid_value', 'file'],
    ['that is empty', { model: 'whisper', file: new Blob([]) }, 400, 'invalid_value', 'file'],
    [
      'that is broken',
      { model: 'whisper', file: new Blob([sound.slice(0, 30)]) },
      400,
      'invalid_value',
      null,
    ],
    ['of another format', { model: 'whisper', file: new Blob(['fLaC']) }, 400, 'invalid_value', null],
    ['in an unknown language', { model: 'whisper', file: blob, language: 'xx' }, 400, 'invalid_value', null],
    [
      'with a wrong field',
      { model: 'whisper', file: blob, temperature: 'hot' },
      400,
      'invalid_value',
      'temperature',
    ],
    [
      'with an unknown field',
      { model: 'whisper', file: blob, include: 'x' },
      400,
      'unsupported_parameter',
      'include',
    ],
    ['for an encoder', { model: 'ko-student', file: blob }, 400, 'model_not_supported', 'model'],
    ['for no model', { model: 'other', file: blob }, 404, 'model_not_found', 'model'],
    [
      'that is too large',
      { model: 'whisper', file: new Blob([new Uint8Array(100_001)]) },
      413,
      'request_too_large',
      null,
    ],
  ])('%s', async (_, fields, ...expected) => {
    expect(await refused(fields)).toEqual(expected);
  });

  test('in JSON, from another site, and as a broken form', async () => {
    expect((await post(server, 'audio/transcriptions', { model: 'whisper' })).status).toBe(415);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect(await refused({ model: 'whisper', file: blob }, { headers })).toEqual([403, 'cross_site', null]);
    const broken = { body: 'none', headers: { 'content-type': 'multipart/form-data; boundary=a' } };
    expect(await refused({}, broken)).toEqual([400, 'invalid_form', null]);
  });

  test('and a Whisper has no embeddings', async () => {
    const response = await post(server, 'embeddings', { model: 'whisper', input: 'a' });
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toBe('whisper writes down speech and has no embeddings');
  });
});
