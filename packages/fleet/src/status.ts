import { resolve } from 'node:path';
import { checkOptions } from '@headwise/core/internal';
import { type FleetProgress, VERIFY_OPTIONS, type VerifyOptions } from './options.ts';
import { readManifest } from './output/manifest.ts';
import { doneShards } from './output/shard-files.ts';
import { type VerifyReport, verifyFiles } from './output/verify.ts';
import { requirePlan } from './plan/plan.ts';
import { progressOf } from './run.ts';

/** How far the run in a directory is. Rejects with `ConfigError` if there is none. */
export async function fleetStatus(out: string): Promise<FleetProgress & { readonly hasManifest: boolean }> {
  const directory = resolve(out);
  const plan = await requirePlan(directory);
  const hasManifest = (await readManifest(directory)) !== undefined;
  return { ...progressOf(plan, await doneShards(directory, plan)), hasManifest };
}

/**
 * Compares the files of a run that is done with its manifest: sizes, SHA-256, shapes, finite numbers, and with `corpus` the hash of the corpus. Rejects with
 * `ConfigError` if the run is not done, and with `FormatError` for a broken manifest.
 */
export async function verifyFleet(out: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  checkOptions('verifyFleet', options, VERIFY_OPTIONS);
  return verifyFiles(resolve(out), options.corpus, options.signal);
}
