import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import sentences from '@headwise/benchmarks/sentences.json' with { type: 'json' };

// The service under many clients, and onnxruntime-node behind the same service. Each client sends the next sentence when it has the embedding of the
// last. `npm run verify -- service`, with `--seconds 600` for ten minutes. Fails if a request is lost or the memory of the service grows.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '64' },
    workers: { type: 'string', default: '1' },
    engine: { type: 'string', multiple: true, default: ['headwise', 'onnxruntime-node'] },
  },
});
const [seconds, clients] = [Number(values.seconds), Number(values.clients)];
/** Growth of the memory from a quarter of the time to its end that is not a leak. */
const ALLOWED_GROWTH = 1.1;
/** Seconds after a quarter of which memory is flat. */
const LONG = 60;

for (const engine of values.engine) await measure(engine);

async function measure(engine: string): Promise<void> {
  const child = fork(new URL('serve.ts', import.meta.url), [engine, values.workers], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [url] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the service of ${engine} exited with ${String(code)}`);
    }),
  ])) as [string];
  const texts = sentences.sentences;
  const times: number[] = [];
  let lost = 0;
  // Warms up, so that the first requests are not those of an engine that compiles.
  await Promise.all(texts.slice(0, 64).map((text) => embed(url, text)));
  const startedAt = performance.now();
  const cpuBefore = await metric(url, 'cpu_seconds_total');
  const memory = (async () => {
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 4));
    return residentMiB(url);
  })();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let i = client; performance.now() - startedAt < seconds * 1000; i += clients) {
        const from = performance.now();
        if (await embed(url, texts[i % texts.length]!)) times.push(performance.now() - from);
        else lost++;
      }
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1000;
  const [before, after] = [await memory, await residentMiB(url)];
  // Unlike the other figures, this one hardly depends on what else the machine does.
  const cpu = (1000 * ((await metric(url, 'cpu_seconds_total')) - cpuBefore)) / times.length;
  times.sort((a, b) => a - b);
  const quantile = (q: number) => `${times[Math.floor(q * (times.length - 1))]!.toFixed(0)} ms`;
  console.log(
    `${engine}: ${clients} clients, ${values.workers} threads, ${elapsed.toFixed(0)} s: ${times.length} answered, ${lost} lost, ` +
      `${(times.length / elapsed).toFixed(0)} a second, p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, ${cpu.toFixed(1)} ms of CPU each, memory ${before} to ${after} MiB`,
  );
  const hasGrown = engine === 'headwise' && seconds >= LONG && after > before * ALLOWED_GROWTH;
  if (lost > 0 || hasGrown) process.exitCode = 1;
  await stop(child);
}

async function embed(url: string, input: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'minilm', input, encoding_format: 'base64' }),
    });
    const { data } = (await response.json()) as { data: { embedding: string }[] };
    // 384 floats.
    return Buffer.from(data[0]!.embedding, 'base64').length === 1536;
  } catch {
    return false;
  }
}

/** A metric of the service's process. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^process_${name} (\\S+)$`, 'm').exec(text)![1]);
}

async function residentMiB(url: string): Promise<number> {
  return Math.round((await metric(url, 'resident_memory_bytes')) / 2 ** 20);
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.send('stop');
  await exit;
}
