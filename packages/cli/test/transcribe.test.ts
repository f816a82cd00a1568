import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadSpeech } from '@headwise/core/speech';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise } from '../../core/test/helpers/noise.ts';
import { tinyWhisperFiles } from '../../core/test/helpers/tiny-whisper.ts';
import { wavFile } from '../../core/test/helpers/wav.ts';
import { run } from '../src/index.ts';

let folder: string;
let model: string;
let sound: string;
const file = wavFile([[...noise(1.6)]], { encoding: 'pcm', bits: 16, sampleRate: 16_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwise-transcribe-'));
  [model, sound] = [join(folder, 'whisper'), join(folder, 'sound.wav')];
  await mkdir(model);
  for (const [name, content] of Object.entries(tinyWhisperFiles())) {
    await writeFile(join(model, name), content as string | Uint8Array);
  }
  await writeFile(sound, file);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function headwise(args: readonly string[], input?: NodeJS.ReadableStream) {
  const written = { out: '', error: '' };
  const status = await run(['transcribe', ...args], {
    out: (text) => {
      written.out += text;
    },
    error: (text) => {
      written.error += text;
    },
    ...(input && { input }),
  });
  return { status, ...written };
}

it('writes text, subtitles and JSON of what the model hears', async () => {
  const loaded = await loadSpeech(model);
  const expected = await loaded.transcribe(file, { language: 'ko', timestamps: 'word', beamSize: 2 });
  await loaded.dispose();
  const options = ['--model', model, '--language', 'ko', '--timestamps', 'word', '--beam-size', '2'];
  const { status, out, error } = await headwise([sound, ...options, '--format', 'json']);
  expect({ status, error }).toEqual({ status: 0, error: '' });
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(expected)));
  const text = await headwise(
    ['-', ...options],
    Readable.from([file.subarray(0, 1000), file.subarray(1000)]),
  );
  expect(text).toEqual({
    status: 0,
    error: '',
    out: expected.segments.map((segment) => `${segment.text.trim()}\n`).join(''),
  });
  const srt = await headwise([sound, ...options, '--format', 'srt']);
  expect(srt.out).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n/);
  expect((await headwise([sound, ...options, '--format', 'vtt'])).out).toMatch(
    /^WEBVTT\n\n00:00:0\d\.\d{3} --> /,
  );
});

it('writes one line for what it cannot read, and explains its options', async () => {
  const missing = await headwise([join(folder, 'none.wav'), '--model', model]);
  expect(missing.status).toBe(1);
  expect(missing.error).toMatch(/^headwise: ENOENT: [^\n]+\n$/);
  const broken = await headwise([join(model, 'config.json'), '--model', model]);
  expect(broken.error).toMatch(/^headwise: ERR_CONFIG: stream: the file is not WAV, [^\n]+\n$/);
  const language = await headwise([sound, '--model', model, '--language', 'xx']);
  expect(language.error).toMatch(
    /^headwise: ERR_CONFIG: stream: language must be one of en, ko, got "xx"\n$/,
  );
  expect((await headwise([sound])).error).toMatch(/^error: required option '--model <source>' not specified/);
  const help = await headwise(['--help']);
  expect(help.status).toBe(0);
  expect(help.out).toMatch(/--timestamps <what>[^(]*\(choices:\s+"segment", "word", "none"/);
});
