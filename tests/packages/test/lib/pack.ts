import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packAll } from '../../../../scripts/lib/pack.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The tarball of each public package, by the package's name. */
    tarballs: Record<string, string>;
  }
}

/** Packs the public packages once for all tests and removes the tarballs afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'headwise-tarballs-'));
  project.provide('tarballs', Object.fromEntries(await packAll(directory)));
  return () => rm(directory, { recursive: true, force: true });
}
