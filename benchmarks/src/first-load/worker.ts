// Prints the processor time that a worker of @headwise/worker takes from its start to its first answer, in Node: from the bundled script, from the same
// modules one by one, and of a thread without a script. `node benchmarks/src/first-load/worker.ts`; option: `--runs` (20).
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
const runs = Number(values.runs);
if (!(runs >= 1)) throw new Error(`worker: --runs must be at least 1, got ${values.runs}`);

const bundled = new URL(import.meta.resolve('@headwise/worker/worker'));
const scripts = {
  'a thread without a script': new URL('data:text/javascript,'),
  'a worker': bundled,
  'a worker, module by module': new URL('../worker.js', bundled),
};

/** Milliseconds of processor time of the whole process. */
async function startOf(script: URL): Promise<number> {
  const before = process.cpuUsage();
  const worker = new Worker(script);
  if (script.protocol === 'file:') {
    const [control, coordinator] = [new MessageChannel(), new MessageChannel()];
    const start = { shard: { index: 0, count: 1 }, transport: 'messages', peers: [null] };
    const ports = { control: control.port2, coordinator: coordinator.port2 };
    worker.postMessage({ ...start, ...ports }, [ports.control, ports.coordinator]);
    control.port1.postMessage({ id: '1', type: 'APPLY', path: ['ping'], argumentList: [] });
    await once(control.port1, 'message');
    for (const { port1 } of [control, coordinator]) port1.close();
  } else await once(worker, 'online');
  const { user, system } = process.cpuUsage(before);
  await worker.terminate();
  return (user + system) / 1000;
}

const times = Object.keys(scripts).map(() => [] as number[]);
for (let run = 0; run < runs; run++) {
  for (const [i, script] of Object.values(scripts).entries()) times[i]!.push(await startOf(script));
}
for (const [i, name] of Object.keys(scripts).entries()) {
  const sorted = times[i]!.toSorted((a, b) => a - b);
  console.log(
    `${name}: ${sorted[0]!.toFixed(1)} ms of processor time at best, ${sorted[runs >> 1]!.toFixed(1)} at the median of ${runs}`,
  );
}
