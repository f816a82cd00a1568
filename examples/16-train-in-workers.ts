// Training in workers: a small GPT learns this repository's README. Losses are equal for any number of workers, also if one is killed.
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { loadCausalLM } from '@headwise/core';
import { trainBpe } from '@headwise/core/train';
import { startTraining } from '@headwise/worker/train';

const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const tokenizerFiles = await trainBpe([text], { vocabSize: 512, specialTokens: ['<|endoftext|>'] });
const script = new URL('./lib/train-worker.ts', import.meta.url); // calls serveTraining

async function train(workers: number, kill: boolean) {
  const losses: number[] = [];
  const threads: Worker[] = [];
  const run = await startTraining({
    spawn: () => threads[threads.push(new Worker(script)) - 1]!,
    workers,
    data: { text, tokenizerFiles },
    onStep: ({ step, loss }) => {
      losses[step] = loss;
      if (kill && step === 10) void threads[1]!.terminate();
    },
  });
  await run.result;
  return { losses, files: run.files };
}

const [one, two] = [await train(1, false), await train(2, true)];
console.log('loss falls:', two.losses[20]! < two.losses[1]! - 0.5);
console.log('one of two killed, losses of one:', one.losses.join() === two.losses.join());

const model = await loadCausalLM(Object.fromEntries(two.files));
console.log('it writes:', (await model.generate('Headwise', { maxNewTokens: 8 })).text.length > 0);

// Prints:
// loss falls: true
// one of two killed, losses of one: true
// it writes: true
