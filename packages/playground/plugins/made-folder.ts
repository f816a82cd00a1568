import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/** The code that quantises weights. */
const QUANTISES = ['save/write-weights.js', 'weights/quantized/quantize.js'].map((path) =>
  join(dirname(fileURLToPath(import.meta.resolve('@headwise/core/save'))), path),
);

/** The folder of files that are made from `madeFrom` and by the code that quantises: another one when those change. */
export function folderOf(name: string, madeFrom: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of [...madeFrom, ...QUANTISES]) hash.update(readFileSync(path));
  return join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Fills a folder of {@link folderOf}, unless it is there. */
export async function makeFolder(
  folder: string,
  make: () => Promise<ReadonlyMap<string, Uint8Array>>,
): Promise<void> {
  if (existsSync(folder)) return;
  const files = await make();
  await mkdir(CACHE, { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes);
  try {
    await rename(temporary, folder);
  } catch (error) {
    // Another process has made it meanwhile.
    await rm(temporary, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
