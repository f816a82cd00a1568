import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sentences from '@headwise/benchmarks/sentences.json' with { type: 'json' };
import { loadEncoder, parseSafetensors } from '@headwise/core';
import { Random } from '@headwise/core/internal';
import { type FleetManifest, verifyFleet } from '@headwise/fleet';
import { modelSource } from '@headwise/models';
import { findRedis, RedisServer } from '@headwise/test-redis';

// A corpus over Redis and worker processes that are killed at random, and Redis, and the process that hands the shards out, and once all of them together:
// `npm run verify -- fleet`. Every text must be embedded once, with the bits of a single process. `npm run verify -- fleet-parts` measures the parts.

const { values } = parseArgs({
  options: {
    texts: { type: 'string', default: '12000' },
    'shard-size': { type: 'string', default: '40' },
    workers: { type: 'string', default: '3' },
    /** Decides what is killed, and the pauses. */
    seed: { type: 'string', default: '1' },
  },
});
const program = findRedis();
if (!program) throw new Error('fleet: needs redis-server');
const random = new Random(Number(values.seed));
const bin = fileURLToPath(new URL('bin.js', import.meta.resolve('@headwise/cli')));
const folder = await mkdtemp(join(tmpdir(), 'headwise-fleet-'));
const [corpus, out, logFile] = ['corpus.jsonl', 'out', 'log.txt'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const log = createWriteStream(logFile);
const redis = await RedisServer.start(program);
const killed = { workers: 0, coordinators: 0, redis: 0, everything: 0 };
let isOver = false;

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [bin, 'fleet', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr!.pipe(log, { end: false });
  return child;
}

const startWorker = () => start('work', '--redis', redis.url, '--lock-seconds', '2');

const model = fileURLToPath((await modelSource('ko-student')) as URL);
const startCoordinator = () =>
  start(
    ...['run', corpus, '--model', model, '--out', out, '--id-field', 'id', '--redis', redis.url],
    ...['--workers', '0', '--shard-size', values['shard-size']],
  );

/** A process that is started again whenever it ends, until all is over. */
class Supervised {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(begin: () => ChildProcess) {
    this.#start = begin;
    this.#child = begin();
    this.#ended = this.#watch();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves when it has ended by itself with the status 0. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #watch(): Promise<void> {
    for (;;) {
      const [code] = (await once(this.#child, 'exit')) as [number | null];
      if (code === 0 || isOver) return;
      await sleep(100);
      this.#child = this.#start();
    }
  }
}

async function restartRedis(pause: number): Promise<void> {
  await redis.kill();
  await sleep(pause);
  await redis.restart();
}

try {
  const size = Number(values.texts);
  const texts = Array.from(
    { length: size },
    (_, i) => `${sentences.sentences[i % sentences.sentences.length]} ${i}`,
  );
  await writeFile(corpus, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''));
  const encoder = await loadEncoder(model, { backend: 'wasm-simd' });
  const expected = await encoder.embed(texts);
  await encoder.dispose();

  const startedAt = performance.now();
  const workers = Array.from({ length: Number(values.workers) }, () => new Supervised(startWorker));
  const coordinator = new Supervised(startCoordinator);
  const chaos = async () => {
    for (let round = 1; !isOver; round++) {
      await sleep(300 + 2500 * random.next());
      const drawn = random.next();
      if (isOver) return;
      if (round === 12) {
        killed.everything++;
        for (const one of [...workers, coordinator]) one.kill();
        await restartRedis(1000);
      } else if (drawn < 0.7) {
        killed.workers++;
        workers[Math.floor(random.next() * workers.length)]!.kill();
      } else if (drawn < 0.85) {
        killed.redis++;
        await restartRedis(2000 * random.next());
      } else {
        killed.coordinators++;
        coordinator.kill();
      }
    }
  };
  await Promise.race([coordinator.ended, chaos()]);
  isOver = true;
  for (const worker of workers) worker.kill();
  await Promise.all(workers.map(({ ended }) => ended));
  const seconds = (performance.now() - startedAt) / 1000;

  const { problems } = await verifyFleet(out, { corpus });
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as FleetManifest;
  const seen = new Map<number, number>();
  let [row, different] = [0, 0];
  for (const { vectors, record } of manifest.shards) {
    const { ids } = JSON.parse(await readFile(join(out, record.file), 'utf8')) as { ids: number[] };
    const bytes = await readFile(join(out, vectors.file));
    const { tensors, dataStart } = parseSafetensors(bytes);
    const [rows = 0, width = 0] = tensors.get('embeddings')!.shape;
    for (let i = 0; i < rows; i++, row++) {
      const vector = bytes.subarray(dataStart + i * width * 4, dataStart + (i + 1) * width * 4);
      const id = ids[i]!;
      seen.set(id, (seen.get(id) ?? 0) + 1);
      const { buffer, byteOffset, byteLength } = expected[id]!;
      if (id !== row || Buffer.compare(vector, new Uint8Array(buffer, byteOffset, byteLength)) !== 0)
        different++;
    }
  }
  const unique = [...seen.values()].filter((count) => count === 1).length;
  const lost = (await readFile(logFile, 'utf8')).match(/was lost/g)?.length ?? 0;
  console.log(
    `${size} texts, ${manifest.shards.length} shards, ${values.workers} worker processes, ${seconds.toFixed(0)} s, seed ${values.seed}`,
  );
  console.log(
    `killed: ${killed.workers} workers, ${killed.redis} times Redis, ${killed.coordinators} times fleet run, ${killed.everything} times everything; ${lost} shards of lost workers were taken over`,
  );
  console.log(
    `${unique} texts once, ${different} of ${row} rows differ from a single process or are out of order, ${problems.length} problems of files`,
  );
  if (unique !== size || row !== size || different > 0 || problems.length > 0) process.exitCode = 1;
} finally {
  isOver = true;
  await redis.close();
  log.end();
  if (process.exitCode === 1) console.log(`the log is ${logFile}`);
  else await rm(folder, { recursive: true, force: true });
}
