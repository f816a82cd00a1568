import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@headwise/core';
import { fileError } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';
import { MANIFEST, readManifest } from './manifest.ts';
import { readModelFile } from './model-file.ts';
import { shardName } from './names.ts';
import { doneShards, parseRecord, readRecord } from './shard-files.ts';

/**
 * Removes what is broken of a run's results, so that it is computed again: records that cannot be read or whose vectors are missing or have another size, and a
 * manifest that cannot be read or that names such a shard. Hashes are compared by `verifyFleet` alone, which reads all files.
 *
 * Rejects with `FormatError` if shards are done and what is known of their model is not there, or is broken.
 */
export async function removeBroken(
  directory: string,
  plan: Plan,
  onNotice: ((notice: string) => void) | undefined,
): Promise<void> {
  const remove = async (name: string) => rm(join(directory, name), { force: true });
  const manifest = await readManifest(directory).then((value) => value && 'whole', refuse);
  const done = await doneShards(directory, plan);
  if (done.size > 0 && !(await readModelFile(directory)))
    throw fileError(
      'fleet-model',
      'model.json',
      'is missing, although shards are done; restore it, or choose another directory',
    );
  let isBroken = false;
  for (const shard of plan.shards.keys()) {
    if (!done.has(shard)) {
      isBroken = true;
      continue;
    }
    const problem = await problemOf(directory, plan, shard);
    if (problem === undefined) continue;
    isBroken = true;
    onNotice?.(`shard ${shard} is computed again: ${problem}`);
    // Vectors that are there are compared with the new ones, and replaced if they differ.
    await remove(`${shardName(plan, shard)}.json`);
  }
  // Another run of this directory may write one meanwhile.
  if (manifest === false || (manifest && isBroken)) await remove(MANIFEST);
}

/** What is wrong with a shard that is done, as far as it can be seen without reading its vectors. */
async function problemOf(directory: string, plan: Plan, shard: number): Promise<string | undefined> {
  let expected: { file: string; bytes: number };
  try {
    expected = parseRecord((await readRecord(directory, plan, shard)) ?? '', plan, shard);
  } catch (error) {
    refuse(error);
    return (error as Error).message;
  }
  const found = await stat(join(directory, expected.file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!found) return `${expected.file} is missing`;
  if (found.size === expected.bytes) return undefined;
  return `${expected.file} has ${found.size} bytes instead of ${expected.bytes}`;
}

/** False for an error of a file's format; throws any other. */
function refuse(error: unknown): false {
  if (error instanceof FormatError) return false;
  throw error;
}
