import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  decoderConfigs,
  decoderShapes,
  markdownTable,
  nodePlatform,
  randomDecoderWeights,
  safetensors,
} from '@headwise/benchmarks';
import { loadModel, type WeightType } from '@headwise/core';
import { processStatus } from './lib/process-status.ts';

// Peak resident memory of a process while it loads a model from a directory in one thread, relative to its resident memory afterwards:
// `npm run verify -- load-memory`. Linux only. Each load runs in its own process.

/** Limit of peak memory, as a multiple of resident memory after loading. */
const ALLOWED = 1.15;
const MiB = 2 ** 20;
const TYPES = ['f32', 'q8', 'q4'] as const satisfies WeightType[];

interface Load {
  readonly before: number;
  readonly peak: number;
  readonly final: number;
}

async function load(directory: string, dtype: WeightType): Promise<Load> {
  const before = processStatus('VmRSS');
  const model = await loadModel(directory, { dtype });
  const peak = processStatus('VmHWM');
  (globalThis as { gc?: () => void }).gc?.();
  const final = processStatus('VmRSS');
  await model.dispose();
  return { before, peak, final };
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

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headwise-load-memory-'));
  try {
    const lines: string[][] = [];
    for (const [model, files] of await models()) {
      const directory = join(folder, String(lines.length));
      mkdirSync(directory);
      for (const [name, content] of files()) writeFileSync(join(directory, name), content);
      for (const dtype of TYPES) {
        const job = JSON.stringify({ directory, dtype });
        const output = execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), job], {
          encoding: 'utf8',
        });
        const { before, peak, final } = JSON.parse(output) as Load;
        if (peak > ALLOWED * final) process.exitCode = 1;
        const sizes = [before, peak, final].map((bytes) => (bytes / MiB).toFixed(0));
        lines.push([model, dtype, ...sizes, `${(peak / final).toFixed(2)}×`]);
      }
      rmSync(directory, { recursive: true });
    }
    console.log(markdownTable(['model', 'dtype', 'before MiB', 'peak', 'after', 'ratio'], lines, 6));
    console.log(process.exitCode === 1 ? `more than ${ALLOWED}×` : `all within ${ALLOWED}×`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [job] = process.argv.slice(2);
if (job === undefined) {
  await main();
} else {
  const { directory, dtype } = JSON.parse(job) as { directory: string; dtype: WeightType };
  console.log(JSON.stringify(await load(directory, dtype)));
}
