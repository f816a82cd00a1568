// `node benchmarks/src/scaling/training.ts`: the time of a training step by the number of workers. The losses must be equal to the last bit.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { startTraining } from '@headwise/worker/train';
import { describeMachine } from '../node/machine.ts';
import { markdownTable } from '../report/format.ts';

const { values } = parseArgs({
  options: { workers: { type: 'string', default: '1,2' }, steps: { type: 'string', default: '12' } },
});
const counts = values.workers.split(',').map(Number);
const steps = Number(values.steps);
/** Steps before the times count: memory grows in the first ones. */
const WARM_UP = 2;

async function train(workers: number) {
  const losses: number[] = [];
  const times: number[] = [];
  let before = performance.now();
  const run = await startTraining({
    workers,
    data: { steps },
    spawn: () => new Worker(new URL('./training-worker.ts', import.meta.url)),
    onStep: ({ loss }) => {
      losses.push(loss);
      times.push(performance.now() - before);
      before = performance.now();
    },
  });
  await run.result;
  return { workers, losses, times: times.slice(WARM_UP).sort((a, b) => a - b) };
}

const { cpu, cores, runtime } = describeMachine();
console.log(`GPT 6x192, batch 16x128, step of AdamW; ${cpu}, ${cores} cores, ${runtime}\n`);
const runs = [];
for (const workers of counts) runs.push(await train(workers));
const [one] = runs;
const different = runs.find(({ losses }) => losses.join() !== one!.losses.join());
if (different) throw new Error(`${different.workers} workers have other losses than ${one!.workers}`);
const rows = runs.map(({ workers, times }) => [
  String(workers),
  times[0]!.toFixed(0),
  times[times.length >> 1]!.toFixed(0),
  `${(one!.times[0]! / times[0]!).toFixed(2)}×`,
]);
console.log(markdownTable(['workers', 'best ms', 'median ms', 'speed-up'], rows, 4));
