import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encoderFiles, encoderWork, markdownTable, nodePlatform } from '@headwise/benchmarks';
import { loadEncoder, type ParallelEncoderOptions } from '@headwise/worker';
import { processStatus } from './lib/process-status.ts';

// Peak resident memory of a process while it loads a model of BERT-base's shape from a directory into workers, relative to its resident
// memory afterwards: `npm run verify -- loading`. Linux only. Each load runs in its own process.

/** Limit of peak memory, as a multiple of resident memory after loading. */
const ALLOWED = 1.3;
const MiB = 2 ** 20;
const cases: readonly ParallelEncoderOptions[] = [
  ...[1, 2, 4, 8].map((workers) => ({ workers })),
  ...(['f16', 'q8'] as const).map((dtype) => ({ workers: 2, dtype })),
  { workers: 2, split: 'batch' },
];

interface Load {
  readonly before: number;
  readonly peak: number;
  readonly final: number;
}

async function load(directory: string, options: ParallelEncoderOptions): Promise<Load> {
  const before = processStatus('VmRSS');
  const model = await loadEncoder(directory, options);
  const peak = processStatus('VmHWM');
  // Buffers of the first passes count as resident memory, not as loading.
  for (let i = 0; i < 3; i++) await model.embed('a sentence to embed');
  const final = processStatus('VmRSS');
  await model.dispose();
  return { before, peak, final };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'headwise-loading-'));
  try {
    const files = await encoderFiles(nodePlatform, encoderWork('BERT-base shape', 2, 'f32'));
    for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
    const lines = cases.map((options) => {
      const job = JSON.stringify({ directory, options });
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), job], {
        encoding: 'utf8',
      });
      const { before, peak, final } = JSON.parse(output) as Load;
      if (peak > ALLOWED * final) process.exitCode = 1;
      const { workers, dtype = 'f32', split = 'heads' } = options;
      const sizes = [before, peak, final].map((bytes) => (bytes / MiB).toFixed(0));
      return [String(workers), dtype, split, ...sizes, `${(peak / final).toFixed(2)}×`];
    });
    console.log(
      markdownTable(['workers', 'dtype', 'split', 'before MiB', 'peak', 'after', 'ratio'], lines, 7),
    );
    console.log(process.exitCode === 1 ? `more than ${ALLOWED}×` : `all within ${ALLOWED}×`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const [job] = process.argv.slice(2);
if (job === undefined) {
  await main();
} else {
  const { directory, options } = JSON.parse(job) as { directory: string; options: ParallelEncoderOptions };
  console.log(JSON.stringify(await load(directory, options)));
}
