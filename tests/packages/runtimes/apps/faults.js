// Terminates workers during a call, while idle and during dispose. Prints the results as JSON.
import { Worker } from 'node:worker_threads';
import { loadEncoder, WorkerError } from '@headwise/worker';

const { source, texts, options } = JSON.parse(process.argv[2]);
const [text] = texts;

// No API lists the workers of a library on all runtimes, so they are collected at their first postMessage.
const workers = [];
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...args) {
  if (!workers.includes(this)) workers.push(this);
  return postMessage.apply(this, args);
};
const kill = () => void workers.at(-1).terminate();

const model = await loadEncoder(source, options);
const expected = await model.embed(text);
const same = async () => {
  const embedding = await model.embed(text);
  return embedding.every((value, i) => value === expected[i]);
};

const faults = [];
for (const step of [
  'embeddings',
  'blocks.0.attention.output',
  'blocks.3.attention.heads.3.weights',
  'output',
]) {
  let killed = 0;
  const hooks = {
    [step]: () => {
      killed = performance.now();
      kill();
    },
  };
  const error = await model.embed(text, { hooks }).catch((reason) => reason);
  const delay = performance.now() - killed;
  faults.push({ step, typed: error instanceof WorkerError, reason: error.reason, delay, same: await same() });
}

const before = workers.length;
kill();
for (let i = 0; i < 200 && workers.length === before; i++) await new Promise((done) => setTimeout(done, 25));
const idle = { replaced: workers.length - before, same: await same() };

const controller = new AbortController();
const call = model.embed(text.repeat(60), { signal: controller.signal }).catch(({ name }) => name);
setTimeout(() => controller.abort(), 2);
const aborted = await call;

const running = model.embed(text).catch(({ code }) => code);
kill();
await model.dispose();
await model.dispose();
console.log(JSON.stringify({ faults, idle, aborted, disposed: await running }));
