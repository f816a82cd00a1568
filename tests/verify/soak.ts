import { appendFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Worker } from 'node:worker_threads';
import sentences from '@headwise/benchmarks/sentences.json' with { type: 'json' };
import { createBackend, loadCausalLM, loadEncoder, Tokenizer } from '@headwise/core';
import { WasmBackend } from '@headwise/core/internal';
import {
  causalLanguageModelling,
  createModel,
  type TrainableCausalLM,
  Trainer,
  textBlocks,
  trainBpe,
} from '@headwise/core/train';
import { modelSource } from '@headwise/models';
import { createService } from '@headwise/server';
import { loadEncoder as loadParallelEncoder } from '@headwise/worker';
import { judge, type Sample } from './lib/flatness.ts';
import { processStatus } from './lib/process-status.ts';

// Mixed work for an hour: embedding, generation, loading into workers and closing them, a service and requests, training. The memory of the process, the WebAssembly
// memory of the models that stay loaded, and the number of threads must stay the same: `npm run verify -- soak`, with `--minutes 5` for a trial. Linux only.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** Seconds without work after each round, for a machine that has other work. */
    pause: { type: 'string', default: '0' },
    /** File for what is printed. */
    log: { type: 'string' },
    /** One kind of work, to find what a growth comes from. */
    only: { type: 'string', multiple: true },
  },
});
const milliseconds = Number(values.minutes) * 60_000;
const MiB = 2 ** 20;
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error('needs node --expose-gc');

const threads = new Set<Worker>();
let started = 0;
process.on('worker', (worker) => {
  threads.add(worker);
  started++;
  worker.once('exit', () => threads.delete(worker));
});

const backend = await createBackend();
if (!(backend instanceof WasmBackend)) throw new Error('soak: needs a WebAssembly backend');
const source = (await modelSource('ko-student')) as URL;
const encoder = await loadEncoder(source, { backend });
const writer = await loadCausalLM((await modelSource('gpt-mini')) as URL, { backend });
const text = 'The cat sat on the mat. The dog sat on the log. '.repeat(20);
const tokenizer = Tokenizer.fromFiles(await trainBpe([text], { vocabSize: 280 }));
const texts = sentences.sentences;

/** What a round does, each with other inputs in every round. */
const work: Readonly<Record<string, (round: number) => Promise<void>>> = {
  async embed(round) {
    await encoder.embed(Array.from({ length: 64 }, (_, i) => texts[(64 * round + i) % texts.length]!));
  },
  async generate(round) {
    await writer.generate('The ', { maxNewTokens: 60, seed: round, doSample: true });
    for await (const _ of writer.stream('A ', { maxNewTokens: 100, seed: round, doSample: true })) break;
  },
  async workers(round) {
    const model = await loadParallelEncoder(source, { workers: 1 + (round % 2) });
    await model.embed(texts.slice(0, 8));
    await model.dispose();
  },
  async service(round) {
    const service = await createService([{ source, id: 'm' }], { logger: false });
    const body = JSON.stringify({ model: 'm', input: texts.slice(round % 100, (round % 100) + 4) });
    const headers = { 'content-type': 'application/json' };
    const url = 'http://localhost/v1/embeddings';
    const response = await service.fetch(new Request(url, { method: 'POST', headers, body }));
    if (response.status !== 200) throw new Error(`soak: the service answered ${response.status}`);
    await response.arrayBuffer();
    await service.close();
  },
  async train(round) {
    const config = {
      model_type: 'gpt2',
      vocab_size: tokenizer.vocabSize,
      n_layer: 1,
      n_head: 2,
      n_embd: 32,
      n_positions: 32,
    };
    const trainable = (await createModel(config, { seed: round })) as TrainableCausalLM;
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: textBlocks(tokenizer, [text], { blockSize: 16 }),
      maxSteps: 5,
      learningRate: 0.01,
    });
    await trainer.train();
    trainable.model.dispose();
  },
};

async function sample(): Promise<Sample> {
  // Threads end, and finalizers run, after what ended them.
  await sleep(200);
  collect!();
  await sleep(50);
  collect!();
  return {
    minute: (performance.now() - begin) / 60_000,
    process: processStatus('VmRSS') / MiB,
    heap: process.memoryUsage().heapUsed / MiB,
    wasm: (backend as WasmBackend).memoryBytes / MiB,
    threads: threads.size,
  };
}

function print(line: string): void {
  console.log(line);
  if (values.log !== undefined) appendFileSync(values.log, `${line}\n`);
}

// What it would say now.
process.on('SIGUSR2', () => judge(samples).lines.forEach(print));

const begin = performance.now();
if (values.log !== undefined) rmSync(values.log, { force: true });
print(
  `Node ${process.version}, ${availableParallelism()} cores, MALLOC_ARENA_MAX=${process.env.MALLOC_ARENA_MAX ?? ''}, ${values.minutes} minutes, ${values.pause} s of pause after a round`,
);
const samples: Sample[] = [];
const counts = new Map<string, number>();
let shown = 0;
for (let round = 0; performance.now() - begin < milliseconds; round++) {
  for (const [name, run] of Object.entries(work)) {
    if (values.only && !values.only.includes(name)) continue;
    await run(round);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  samples.push(await sample());
  const last = samples.at(-1)!;
  if (last.minute >= shown) {
    const { minute, process: resident, heap, wasm } = last;
    print(
      `${minute.toFixed(1)} min, ${round + 1} rounds: process ${resident.toFixed(0)} MiB, heap ${heap.toFixed(1)}, WebAssembly ${wasm.toFixed(1)}, ${last.threads} threads`,
    );
    shown = minute + Number(values.minutes) / 20;
  }
  await sleep(1000 * Number(values.pause));
}
await encoder.dispose();
await writer.dispose();

print(
  [...counts].map(([name, count]) => `${name} ${count} times`).join(', ') +
    `; ${started} threads were started`,
);
const { lines, isFlat } = judge(samples);
for (const line of lines) print(line);
if (!isFlat) process.exitCode = 1;
