// Reads mutated files with all readers, and reports every input that neither gives a value nor is refused with a `HeadwiseError`, or that
// takes more than 2 s or 512 MB. Run it by `npm run fuzz -- --seconds 60 --seed 1`; docs in packages/core/test/fuzz/README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { inputOf, MAX_BYTES, MAX_SECONDS, readInput } from '../../../packages/core/test/fuzz/run-one.ts';
import { readers } from './readers.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: 'Infinity' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    reader: { type: 'string' },
    index: { type: 'string' },
    out: { type: 'string', default: 'fuzz-findings' },
    log: { type: 'string' },
  },
});
const seed = Number(values.seed);
const only =
  values.reader === undefined ? undefined : readers.findIndex(({ name }) => name === values.reader);
if (only === -1)
  throw new Error(`fuzz: --reader must be one of ${readers.map(({ name }) => name).join(', ')}`);

if (values.index !== undefined) {
  const reader = readers[only ?? 0]!;
  const input = inputOf(reader, seed, Number(values.index));
  for (const [name, content] of Object.entries(input))
    console.log(
      name,
      typeof content === 'string'
        ? content.slice(0, 3000)
        : Buffer.from(content).toString('base64').slice(0, 3000),
    );
  const started = performance.now();
  console.log(await readInput(reader, input), `${(performance.now() - started).toFixed(0)} ms`);
  process.exit();
}

interface Finding {
  readonly reader: string;
  readonly index: number;
  readonly kind: string;
  readonly text?: string;
}

const counts = new Float64Array(new SharedArrayBuffer(24 * readers.length));
const state = new Float64Array(new SharedArrayBuffer(16));
const starts = readers.map(() => 0);
const findings = new Map<string, Finding & { count: number }>();
const started = Date.now();
const until = started + 1000 * Number(values.seconds);
const total = () => readers.reduce((sum, _, r) => sum + counts[3 * r]!, 0);

function report(finding: Finding): void {
  // Errors of one place count as one.
  const lines = (finding.text ?? '').split('\n');
  const places = lines.filter((line) => /^\s+at /.test(line)).slice(0, 3);
  const key = [finding.reader, finding.kind, lines[0]!.split(':')[0], ...places].join(' ');
  const known = findings.get(key);
  if (known) {
    known.count++;
    return;
  }
  findings.set(key, { ...finding, count: 1 });
  console.log(`${finding.reader} ${finding.index}: ${finding.kind} ${finding.text ?? ''}`);
  const reader = readers.find(({ name }) => name === finding.reader)!;
  mkdirSync(values.out, { recursive: true });
  const input = Object.entries(inputOf(reader, seed, finding.index)).map(([name, content]) => [
    name,
    typeof content === 'string' ? content : { base64: Buffer.from(content).toString('base64') },
  ]);
  writeFileSync(
    join(values.out, `${finding.reader.replace(/\W+/g, '-')}-${seed}-${finding.index}.json`),
    JSON.stringify({ seed, ...finding, input: Object.fromEntries(input) }, null, 1),
  );
}

/** Runs a worker until it is done, or stops it at an input that hangs. */
function runWorker(): Promise<boolean> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: { counts, state, seed, starts, slice: 1000, only, until },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let at = '';
    let cpu = process.cpuUsage();
    let isDone = false;
    const goOn = () => {
      clearInterval(watch);
      for (const [r] of readers.entries()) starts[r] = Math.max(starts[r]!, counts[3 * r]!);
      if (state[0]! >= 0) starts[state[0]!] = Math.max(starts[state[0]!]!, state[1]! + 1);
      resolve(isDone);
    };
    const stop = (kind: string, text?: string) => {
      report({
        reader: readers[state[0]!]!.name,
        index: state[1]!,
        kind,
        ...(text !== undefined && { text }),
      });
      worker.terminate();
    };
    const watch = setInterval(() => {
      const now = `${state[0]} ${state[1]}`;
      if (now !== at) {
        at = now;
        cpu = process.cpuUsage();
      } else {
        const { user, system } = process.cpuUsage(cpu);
        if ((user + system) / 1e6 > MAX_SECONDS) stop('hangs');
      }
      if (process.memoryUsage.rss() > 3 * MAX_BYTES) stop('memory');
      if (total() >= Number(values.inputs)) {
        isDone = true;
        worker.terminate();
      }
    }, 100);
    worker.on('message', (message: Finding) => {
      if (message.kind === 'done') isDone = true;
      else report(message);
    });
    worker.on('error', (error) => {
      report({ reader: readers[state[0]!]!.name, index: state[1]!, kind: 'crash', text: String(error) });
    });
    worker.on('exit', goOn);
  });
}

const beats = setInterval(() => console.log(`${new Date().toISOString()} ${total()} inputs`), 60_000);
while (!(await runWorker()) && Date.now() < until);
clearInterval(beats);

const lines = [
  `Node ${process.version}, seed ${seed}, ${((Date.now() - started) / 1000).toFixed(0)} s, ${total()} inputs, ${findings.size} findings`,
  '',
  '| reader | inputs | values | refused |',
  '| --- | ---: | ---: | ---: |',
  ...readers.map(
    ({ name }, r) => `| ${name} | ${counts[3 * r]} | ${counts[3 * r + 1]} | ${counts[3 * r + 2]} |`,
  ),
  '',
  ...[...findings.values()].map(
    ({ reader, index, kind, count, text = '' }) =>
      `- ${reader} ${index}: ${kind} (${count}) ${text.split('\n')[0]}`,
  ),
];
console.log(lines.join('\n'));
if (values.log !== undefined) writeFileSync(values.log, `${lines.join('\n').trim()}\n`);
process.exit(findings.size > 0 ? 1 : 0);
