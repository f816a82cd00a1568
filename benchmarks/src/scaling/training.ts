// `node benchmarks/src/scaling/training.ts`: the time of a training step by the number of workers. The losses must be equal to the last bit.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { startTraining } from '@headwise/worker/train';
import { describeMachine } from '../node/machine.ts';
import { markdownTable } from '../report/format.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2' },
    steps: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '4' },
    'snapshot-every': { type: 'string', default: '10' },
  },
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
    snapshotEvery: Number(values['snapshot-every']),
    spawn: () => new Worker(new URL('./training-worker.ts', import.meta.url)),
    onStep: ({ loss }) => {
      losses.push(loss);
      times.push(performance.now() - before);
      before = performance.now();
    },
  });
  await run.result;
  return { losses, times: times.slice(WARM_UP) };
}

const { cpu, cores, runtime } = describeMachine();
console.log(`GPT 6x192, batch 16x128, step of AdamW; ${cpu}, ${cores} cores, ${runtime}\n`);
const times = new Map<number, number[]>(counts.map((count) => [count, []]));
let losses: string | undefined;
// In turns, so that a change of the machine's speed affects all.
for (let round = 0; round < Number(values.rounds); round++) {
  for (const count of counts) {
    const run = await train(count);
    losses ??= run.losses.join();
    if (run.losses.join() !== losses) throw new Error(`${count} workers have other losses than ${counts[0]}`);
    times.get(count)!.push(...run.times);
  }
}
const sorted = counts.map((count) => times.get(count)!.sort((a, b) => a - b));
const rows = sorted.map((all, i) => [
  String(counts[i]),
  all[0]!.toFixed(0),
  all[all.length >> 1]!.toFixed(0),
  `${(sorted[0]![0]! / all[0]!).toFixed(2)}×`,
]);
console.log(markdownTable(['workers', 'best ms', 'median ms', 'speed-up'], rows, 4));
