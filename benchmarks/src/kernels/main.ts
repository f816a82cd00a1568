// Times attention of two or more builds of the kernel in turns, in one process: of an earlier version and of this one.
//
//   node benchmarks/src/kernels/main.ts earlier/relaxed-simd.wasm packages/kernel-as/dist/relaxed-simd.wasm
import { readFile } from 'node:fs/promises';
import { Random } from '@headwise/operation-cases';
import { race } from '../run/race.ts';
import { raceOptions } from '../run/settings.ts';
import { summarize } from '../run/statistics.ts';

/** The used exports of a build. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  attentionScratch(headDim: number, valueDim: number): number;
  attention(...args: number[]): void;
}

const ALL = 0x7fff_ffff;

/** Heads × 64 features over as many keys as queries, of which a query sees `before` before it and `after` after it. */
const shapes = [
  { name: '512 tokens', tokens: 512, heads: 12, before: ALL, after: ALL },
  { name: '512 tokens, causal', tokens: 512, heads: 12, before: ALL, after: 0 },
  { name: '512 tokens, window of 64', tokens: 512, heads: 12, before: 63, after: 0 },
  { name: '128 tokens', tokens: 128, heads: 12, before: ALL, after: ALL },
  { name: '128 tokens, causal', tokens: 128, heads: 12, before: ALL, after: 0 },
  { name: '2048 tokens, causal', tokens: 2048, heads: 4, before: ALL, after: 0 },
] as const;
const SIZE = 64;

/** A build with the operands in its memory. */
function prepare(kernel: KernelExports, { tokens, heads, before, after }: (typeof shapes)[number]) {
  const width = heads * SIZE;
  const random = new Random(tokens);
  let end = kernel.heapBase();
  const allocate = (bytes: number) => {
    const address = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return address;
  };
  const [q, k, v, out] = [0, 1, 2, 3].map(() => allocate(tokens * width * 4)) as [
    number,
    number,
    number,
    number,
  ];
  const scratch = allocate(kernel.attentionScratch(SIZE, SIZE));
  const missing = end - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536));
  for (const at of [q, k, v]) {
    new Float32Array(kernel.memory.buffer, at, tokens * width).set(random.values(tokens * width, 2));
  }
  return () => {
    const mask = [before, after, 0, 0, scratch] as const;
    const sizes = [tokens, tokens, heads, 1, SIZE, SIZE, 1 / Math.sqrt(SIZE), 0, 0, 0] as const;
    kernel.attention(q, width, k, width, v, width, out, width, ...sizes, ...mask);
    return new Float32Array(kernel.memory.buffer, out, tokens * width);
  };
}

const files = process.argv.slice(2);
if (files.length < 2) {
  console.error('kernels: expected the paths of two or more builds, such as relaxed-simd.wasm');
  process.exit(2);
}
const kernels = await Promise.all(
  files.map(async (file) => {
    const { instance } = await WebAssembly.instantiate(await readFile(file), {});
    return instance.exports as unknown as KernelExports;
  }),
);
console.log(`| attention of 64 features | ${files.join(' | ')} | ratio | bits |`);
console.log(`| --- |${' ---: |'.repeat(files.length + 2)}`);
for (const shape of shapes) {
  const runs = kernels.map((kernel) => prepare(kernel, shape));
  const [first, ...others] = runs.map((run) => Buffer.from(run().slice().buffer));
  const equal = others.every((output) => output.equals(first!));
  const times = await race(
    runs.map((run, i) => ({ name: `${i}`, run })),
    raceOptions('node', false, 1),
  );
  const best = runs.map((_, i) => summarize(times.get(`${i}`)!.samples).best);
  const cells = [...best.map((ms) => `${ms.toFixed(2)} ms`), `${(best[0]! / best.at(-1)!).toFixed(2)}×`];
  console.log(`| ${shape.name} | ${cells.join(' | ')} | ${equal ? 'equal' : 'different'} |`);
}
