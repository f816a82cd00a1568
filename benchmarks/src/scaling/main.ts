// `node benchmarks/src/scaling/main.ts`: measures the parameters of the scaling model and compares its predictions with measured times.
import { parseArgs } from 'node:util';
import { loadEncoder } from '@headwise/worker';
import type { EncoderModelName } from '../cases/bert.ts';
import { encoderWork } from '../cases/make.ts';
import { textOf } from '../cases/text.ts';
import { encoderFiles } from '../engines/encoder-files.ts';
import { describeMachine } from '../node/machine.ts';
import { nodePlatform } from '../node/platform.ts';
import { markdownTable } from '../report/format.ts';
import { race } from '../run/race.ts';
import {
  type LocalShard,
  localShard,
  measureContention,
  measureExchange,
  type Transport,
} from './measure.ts';
import { type Parameters, predict } from './model.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'MiniLM' },
    tokens: { type: 'string', default: '128' },
    budget: { type: 'string', default: '2500' },
    workers: { type: 'string', default: '1,2,4,8,16' },
  },
});
const counts = values.workers.split(',').map(Number);
if (!counts.includes(1) || !counts.includes(2))
  throw new TypeError('--workers must include 1 and 2, from which the parameters are measured');
const transports = ['messages', 'shared'] as const;
const work = encoderWork(values.model as EncoderModelName, Number(values.tokens), 'f32');
const files = await encoderFiles(nodePlatform, work);
const shortest = textOf(2);
const machine = describeMachine();
const { cores } = machine;
/** Floats of a part whose transfer takes negligible time. */
const smallPart = 256;
/** Size from which the transports sum parts in two rounds, with more than two workers. */
const sharedOutBytes = { messages: 4 * 16_384, shared: 4 * 4096 };

console.log(`${work.model}, ${values.tokens} tokens; ${machine.cpu}, ${cores} cores, ${machine.runtime}`);

// Timed in turns, so that a change of the machine's speed affects all.
const lanes = new Map<string, () => unknown>();
const shards = new Map<number, LocalShard>();
for (const count of counts) {
  const shard = await localShard(files, work.ids, count);
  shards.set(count, shard);
  lanes.set(`compute ${count}`, shard.run);
}
lanes.set('compute of the shortest', (await localShard(files, shortest.ids, 1)).run);
const models = [];
for (const transport of transports) {
  for (const workers of counts) {
    const model = await loadEncoder(files, { workers, transport });
    models.push(model);
    lanes.set(`${transport} ${workers}`, () => model.embed(work.text));
    if (workers === 1) lanes.set(`${transport} of the shortest`, () => model.embed(shortest.text));
  }
}
const contenders = [...lanes].map(([name, run]) => ({ name, run }));
const budgetMs = Number(values.budget);
const raced = await race(contenders, {
  ...{ budgetMs, turns: 25, minRuns: 8, longestMs: 8000 },
  ...{ shortestBatchMs: 1, pauseMs: 0 },
});
for (const model of models) await model.dispose();

const contention = await measureContention(shards.get(2)!, files, work.text, 40);
for (const transport of transports) await report(transport);

/** The best time of a lane, in milliseconds. */
function best(name: string): number {
  const { samples, error } = raced.get(name)!;
  if (error !== undefined) throw error;
  return Math.min(...samples);
}

async function measureParameters(transport: Transport): Promise<Parameters> {
  const { sums, partBytes } = shards.get(2)!;
  const latency = await measureExchange(transport, smallPart);
  const whole = await measureExchange(transport, partBytes / 4);
  return {
    ...{ cores, contention, sums, partBytes, latency },
    ...{ oneByOne: transport === 'messages', sharedOutBytes: sharedOutBytes[transport] },
    compute: new Map(counts.map((count) => [count, best(`compute ${count}`)])),
    perByte: Math.max(0, (whole - latency) / (partBytes - 4 * smallPart)),
    overhead: Math.max(0, best(`${transport} of the shortest`) - best('compute of the shortest')),
  };
}

async function report(transport: Transport): Promise<void> {
  const parameters = await measureParameters(transport);
  const { sums, partBytes, latency, perByte, overhead } = parameters;
  const figures = [
    `k = ${cores}`,
    `γ = ${contention.toFixed(2)}`,
    `S = ${sums}`,
    `B = ${partBytes} bytes`,
    `λ = ${(latency * 1000).toFixed(0)} µs`,
    `κ = ${(perByte * 1e6).toFixed(2)} ns a byte`,
    `D = ${overhead.toFixed(2)} ms`,
  ];
  console.log(`\n## ${transport}\n\n${figures.join(', ')}\n\n${table(transport, parameters)}`);
}

function table(transport: Transport, parameters: Parameters): string {
  const manyCores = { ...parameters, cores: Number.POSITIVE_INFINITY };
  const one = predict(1, parameters);
  const lines = counts.map((count) => {
    const measured = best(`${transport} ${count}`);
    const predicted = predict(count, parameters);
    const ideal = predict(count, manyCores);
    return [
      String(count),
      parameters.compute.get(count)!.toFixed(1),
      measured.toFixed(1),
      predicted.toFixed(1),
      `${(100 * (predicted / measured - 1)).toFixed(0)} %`,
      ideal.toFixed(1),
      `${(one / ideal).toFixed(2)}×`,
    ];
  });
  const modelled = [`model, ${cores} cores`, 'error', 'model, n cores', 'faster than one'];
  return markdownTable(['workers n', 'C(n) ms', 'measured ms', ...modelled], lines, 7);
}
