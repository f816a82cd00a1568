import { logMel } from '@headwise/core/speech';
import { type SpeechWork, speechPast, speechTokens, whisperTokens } from '../../cases/speech.ts';
import type { Prepared } from '../engine.ts';
import type { OnnxRuntime, Session, Tensor } from '../onnx/runtime.ts';
import type { Platform, WhisperFiles } from '../platform.ts';
import { nothing } from './nothing.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The published graphs: the encoder, the decoder on a prompt, and on one token with caches. */
export interface WhisperSessions {
  readonly encoder: Session;
  readonly first: Session;
  readonly next: Session;
}

export async function startWhisper(
  platform: Platform,
  start: (model: Uint8Array) => Promise<Session>,
  dtype: 'f32' | 'q8',
): Promise<WhisperSessions> {
  const { graph } = await platform.whisper!();
  return {
    encoder: await start(await graph('encoder', dtype)),
    first: await start(await graph('first', dtype)),
    next: await start(await graph('next', dtype)),
  };
}

export async function releaseWhisper(sessions: WhisperSessions): Promise<void> {
  for (const session of Object.values(sessions)) await session.release();
}

/** Prepares a part of the recognition on ONNX Runtime. Features are computed by Headwise's `logMel` for it, in the same way. */
export async function prepareOnnxSpeech(
  platform: Platform,
  runtime: OnnxRuntime,
  load: () => Promise<WhisperSessions>,
  { part, dtype }: SpeechWork,
): Promise<Prepared | undefined> {
  if (!platform.whisper || dtype === 'q4') return undefined;
  if (part === 'none') return nothing;
  const { samples, suppressed } = await platform.whisper();
  const { encoder, first, next } = await load();
  const idsOf = (ids: Int32Array) =>
    new runtime.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const begin = async (features: Tensor): Promise<Tensors> => {
    const { last_hidden_state: states } = await encoder.run({ input_features: features });
    const fixed = { encoder_hidden_states: states! };
    const outputs = await first.run({ ...fixed, input_ids: idsOf(whisperTokens.prompt) });
    return { ...fixed, ...outputs, ...asPast(outputs) };
  };
  const step = async (id: number, caches: Tensors): Promise<Tensors> => {
    const outputs = await next.run({ ...caches, input_ids: idsOf(Int32Array.of(id)) });
    return { ...caches, ...outputs, ...asPast(outputs) };
  };
  const prepared = (run: () => Promise<Float32Array>): Prepared => ({ run, dispose: () => {} });

  if (part === 'transcript') {
    return prepared(async () => {
      let outputs = await begin(await featuresOf(runtime, samples));
      const ids: number[] = [];
      for (;;) {
        const id = likeliest(lastLogits(outputs), suppressed, ids.length === 0);
        if (id === whisperTokens.end || ids.length === 224) return Float32Array.from(ids);
        ids.push(id);
        outputs = await step(id, cachesOf(outputs));
      }
    });
  }
  const features = await featuresOf(runtime, samples);
  if (part === 'prompt') return prepared(async () => lastLogits(await begin(features)));
  let filled = await begin(features);
  for (const id of speechPast) filled = await step(id, cachesOf(filled));
  return prepared(async () => {
    let outputs = filled;
    for (const id of speechTokens) outputs = await step(id, cachesOf(outputs));
    return lastLogits(outputs);
  });
}

/** The spectrogram of 30 seconds, `[1, bins, frames]`. */
async function featuresOf(runtime: OnnxRuntime, samples: Float32Array): Promise<Tensor> {
  const frames = 3000;
  const { data, bins } = await logMel(samples);
  const features = new Float32Array(bins * frames);
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < bins; bin++) features[bin * frames + frame] = data[frame * bins + bin]!;
  }
  return new runtime.Tensor('float32', features, [1, bins, frames]);
}

function lastLogits(outputs: Tensors): Float32Array {
  return (outputs.logits!.data as Float32Array).slice(-whisperTokens.vocabulary);
}

/** Cache outputs of a run, by the names of the inputs of the next. */
function asPast(outputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith('present.'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );
}

/** The caches among the tensors, and the encoder's output, which the graph of one token names too. */
function cachesOf(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => /^(?:past_key_values\.|encoder_hidden_states)/.test(name)),
  );
}

/** The largest logit of a text token that is not suppressed. */
function likeliest(
  logits: Float32Array,
  { always, first }: WhisperFiles['suppressed'],
  isFirst: boolean,
): number {
  for (const id of always) logits[id] = -Infinity;
  if (isFirst) for (const id of first) logits[id] = -Infinity;
  let best = 0;
  for (let id = 1; id < whisperTokens.noTimestamps; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
