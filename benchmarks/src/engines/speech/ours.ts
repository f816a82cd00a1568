import type { Backend } from '@headwise/core';
import {
  type DecoderEngine,
  LocalDecoderEngine,
  openSpeech,
  type SpeechFiles,
  speechFromCheckpoint,
  WHOLE,
} from '@headwise/core/internal';
import { SpeechModel } from '@headwise/core/speech';
import { startDecoderEngine } from '@headwise/worker';
import { type SpeechWork, speechPast, speechTokens, whisperTokens } from '../../cases/speech.ts';
import type { Dtype } from '../../row.ts';
import { decode } from '../decoders.ts';
import type { Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { nothing } from './nothing.ts';

/** Whisper-tiny, loaded. */
export interface SpeechEngine {
  readonly files: SpeechFiles;
  readonly engine: DecoderEngine;
}

/** Loads Whisper-tiny on a backend. */
export async function loadSpeechEngine(
  platform: Platform,
  backend: Backend,
  dtype: Dtype,
): Promise<SpeechEngine> {
  const { directory } = await platform.whisper!();
  const files = await openSpeech(directory, {});
  const network = await speechFromCheckpoint(files.config, files.checkpoint, backend, {
    shard: WHOLE,
    dtype,
  });
  return { files, engine: new LocalDecoderEngine(backend, network, dtype) };
}

/** Loads Whisper-tiny into workers. */
export async function startSpeechEngine(
  platform: Platform,
  workers: number,
  dtype: Dtype,
): Promise<SpeechEngine> {
  const { directory } = await platform.whisper!();
  const files = await openSpeech(directory, {});
  const plan = { kind: 'seq2seq', config: files.config } as const;
  return { files, engine: await startDecoderEngine(plan, files.checkpoint, { workers, dtype }) };
}

/** Prepares a part of the recognition on Headwise; undefined in browsers, which do not have the files. */
export async function prepareOwnSpeech(
  platform: Platform,
  load: () => Promise<SpeechEngine>,
  { part }: SpeechWork,
): Promise<Prepared | undefined> {
  if (!platform.whisper) return undefined;
  if (part === 'none') return nothing;
  const { samples } = await platform.whisper();
  const { files, engine } = await load();
  const { kind, tokenizer } = files;
  if (part === 'transcript') {
    const model = new SpeechModel(kind, tokenizer, engine);
    const run = async () => {
      const { segments } = await model.transcribe(samples, {
        language: 'en',
        timestamps: 'none',
        temperature: 0,
        logProbThreshold: -Infinity,
        compressionRatioThreshold: Infinity,
      });
      return Float32Array.from(segments.flatMap(({ ids }) => ids));
    };
    // The engine is kept for the next case.
    return { run, dispose: () => {} };
  }
  const format = kind.format(undefined);
  const window = format.window(samples.subarray(0, format.length), await format.features(samples), 0);
  const source = kind.source(window.frames)!;
  const session = await engine.openSession({ slots: 1, capacity: kind.config.contextLength });
  const { prompt } = whisperTokens;
  const begin = async () => {
    await session.encodeSource(source, Int32Array.of(0), {});
    return decode(session, prompt, 0);
  };
  if (part === 'prompt') return { run: begin, dispose: () => session.close() };
  await begin();
  await decode(session, speechPast, prompt.length);
  const start = prompt.length + speechPast.length;
  const run = async () => {
    let logits: Float32Array = new Float32Array(0);
    for (const [i, id] of speechTokens.entries())
      logits = await decode(session, Int32Array.of(id), start + i);
    return logits;
  };
  return { run, dispose: () => session.close() };
}
