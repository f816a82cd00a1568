import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  decoderConfigs,
  decoderShapes,
  markdownTable,
  nodePlatform,
  randomDecoderWeights,
  safetensors,
} from '@headwise/benchmarks';
import { createBackend, loadModel, type WeightType } from '@headwise/core';
import { WasmBackend } from '@headwise/core/internal';
import { processStatus } from './lib/process-status.ts';

// Peak resident memory of a process while it loads a model from a directory in one thread, relative to its resident memory afterwards:
// `npm run verify -- load-memory`, or of models of yours: `npm run verify -- load-memory /path/of/model.gguf --dtype q8 --dtype q4`. Linux only. Each load runs
// in its own process.

/** Limit of peak memory, as a multiple of resident memory after loading. */
const ALLOWED = 1.15;
const MiB = 2 ** 20;
const TYPES: readonly WeightType[] = ['f32', 'q8', 'q4'];

interface Load {
  readonly before: number;
  readonly peak: number;
  readonly final: number;
  /** WebAssembly memory after loading. */
  readonly wasm: number;
}

async function load(source: string, dtype: WeightType): Promise<Load> {
  const before = processStatus('VmRSS');
  const backend = await createBackend();
  const model = await loadModel(source, { dtype, backend });
  const peak = processStatus('VmHWM');
  (globalThis as { gc?: () => void }).gc?.();
  const final = processStatus('VmRSS');
  const wasm = backend instanceof WasmBackend ? backend.memoryBytes : 0;
  await model.dispose();
  return { before, peak, final, wasm };
}

type Files = ReadonlyMap<string, string | Uint8Array>;

async function models(): Promise<ReadonlyMap<string, () => Files>> {
  const minilm = await nodePlatform.minilm();
  const config = decoderConfigs['GPT-2 124M shape'];
  const gpt2 = (): Files =>
    new Map<string, string | Uint8Array>([
      ['config.json', JSON.stringify(config)],
      // Any tokenizer will do.
      ['tokenizer.json', minilm.get('tokenizer.json')!],
      ['tokenizer_config.json', '{"tokenizer_class":"PreTrainedTokenizerFast"}'],
      ['model.safetensors', safetensors(randomDecoderWeights(config, 1), decoderShapes(config))],
    ]);
  return new Map([
    ['MiniLM (F16 file)', () => minilm],
    ['GPT-2 124M shape (F32 file)', gpt2],
  ]);
}

/** A row of the table, for a model that is loaded in a process of its own. */
function measure(name: string, source: string, dtype: WeightType): string[] {
  const job = JSON.stringify({ source, dtype });
  const output = execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), job], {
    encoding: 'utf8',
  });
  const { before, peak, final, wasm } = JSON.parse(output) as Load;
  if (peak > ALLOWED * final) process.exitCode = 1;
  const sizes = [before, peak, final].map((bytes) => (bytes / MiB).toFixed(0));
  return [name, dtype, (wasm / MiB).toFixed(1), ...sizes, `${(peak / final).toFixed(2)}×`];
}

async function main(given: readonly string[], types: readonly WeightType[]): Promise<void> {
  const lines: string[][] = [];
  if (given.length === 0) {
    const folder = mkdtempSync(join(tmpdir(), 'headwise-load-memory-'));
    try {
      for (const [name, files] of await models()) {
        for (const [file, content] of files()) writeFileSync(join(folder, file), content);
        for (const dtype of types) lines.push(measure(name, folder, dtype));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  } else {
    for (const source of given)
      for (const dtype of types) lines.push(measure(basename(source), source, dtype));
  }
  console.log(
    markdownTable(['model', 'dtype', 'WebAssembly MiB', 'before', 'peak', 'after', 'ratio'], lines, 7),
  );
  console.log(process.exitCode === 1 ? `more than ${ALLOWED}×` : `all within ${ALLOWED}×`);
}

const [argument] = process.argv.slice(2);
if (argument?.startsWith('{')) {
  const { source, dtype } = JSON.parse(argument) as { source: string; dtype: WeightType };
  console.log(JSON.stringify(await load(source, dtype)));
} else {
  const { values, positionals } = parseArgs({
    options: { dtype: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  await main(positionals, (values.dtype as WeightType[] | undefined) ?? TYPES);
}
