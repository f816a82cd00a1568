// One of two threads that do nothing but exchange parts of sums, as the shards of a model do.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Backend, createBackend, type Tensor } from '@headwise/core';
import { withScope } from '@headwise/core/internal';

export interface ExchangeJob {
  readonly index: 0 | 1;
  readonly floats: number;
  /** Exchanges per sample. */
  readonly rounds: number;
  readonly batches: number;
  /** Exchange by messages over this port … */
  readonly port: MessagePort | undefined;
  /** … or in this memory: two counters a cache line apart, then two alternating slots of floats per thread. */
  readonly memory: SharedArrayBuffer | undefined;
}

/** Polls before a waiting thread sleeps. */
const SPINS = 2000;
const HEAD = 128;

const job = workerData as ExchangeJob;

function byMessages(port: MessagePort): (backend: Backend, part: Tensor) => Promise<Float32Array> {
  const arrived: Float32Array[] = [];
  let wake = () => {};
  port.on('message', (part: Float32Array) => {
    arrived.push(part);
    wake();
  });
  return async (backend, part) => {
    const own = backend.read(part);
    port.postMessage(own, [own.buffer as ArrayBuffer]);
    while (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return arrived.shift()!;
  };
}

function inMemory({ index, floats }: ExchangeJob, memory: SharedArrayBuffer) {
  const words = new Int32Array(memory, 0, HEAD / 4);
  const [mine, other] = [index * 16, (1 - index) * 16];
  const slot = (thread: number, round: number) =>
    new Float32Array(memory, HEAD + 4 * floats * (2 * thread + (round & 1)), floats);
  let round = 0;
  return (backend: Backend, part: Tensor): Float32Array => {
    slot(index, round).set(backend.read(part));
    Atomics.store(words, mine, ++round);
    Atomics.notify(words, mine);
    for (let spins = 0; ; spins++) {
      const seen = Atomics.load(words, other);
      if (seen >= round) break;
      if (spins >= SPINS) Atomics.wait(words, other, seen);
    }
    return slot(1 - index, round - 1);
  };
}

const backend = await createBackend();
const exchange = job.port ? byMessages(job.port) : inMemory(job, job.memory!);
const part = backend.constant(new Float32Array(job.floats).fill(1), [job.floats / 64, 64]);
const times: number[] = [];
for (let batch = 0; batch < job.batches; batch++) {
  const start = performance.now();
  for (let round = 0; round < job.rounds; round++) {
    const theirs = await exchange(backend, part);
    withScope(backend, () => backend.add(part, backend.tensor(theirs, [job.floats / 64, 64])));
  }
  times.push((performance.now() - start) / job.rounds);
}
parentPort!.postMessage(times);
job.port?.close();
