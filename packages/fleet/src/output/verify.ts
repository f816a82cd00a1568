import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, HeadwiseError, parseSafetensors } from '@headwise/core';
import { hashOfFile, sha256 } from '../files.ts';
import { type FleetManifest, type FleetShard, readManifest } from './manifest.ts';

/** What a check of a run's files found. */
export interface VerifyReport {
  readonly shards: number;
  readonly rows: number;
  /** What is wrong, a sentence each. Empty if all is as it was written. */
  readonly problems: readonly string[];
}

/** Compares each file with the manifest: its bytes, its hash, the shape of its tensor, and that its numbers are finite. */
export async function verifyFiles(
  directory: string,
  corpus: string | undefined,
  signal: AbortSignal | undefined,
): Promise<VerifyReport> {
  const manifest = await readManifest(directory);
  if (!manifest)
    throw new ConfigError(
      `fleet: ${directory} has no manifest.json: there is no run in it, or it is not done`,
    );
  const problems: string[] = [];
  for (const shard of manifest.shards) {
    signal?.throwIfAborted();
    for (const problem of await problemsOf(directory, manifest, shard)) problems.push(problem);
  }
  if (corpus !== undefined && (await hashOfFile(corpus, signal)) !== manifest.corpus.sha256)
    problems.push(`${corpus} is not the corpus of this run: its hash is another`);
  return { shards: manifest.shards.length, rows: manifest.corpus.rows, problems };
}

async function problemsOf(
  directory: string,
  { tensor, width = 0 }: FleetManifest,
  { vectors, record, rows }: FleetShard,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { file, bytes, sha256: expected } of [vectors, record]) {
    try {
      const content = await readFile(join(directory, file));
      if (content.length !== bytes) problems.push(`${file} has ${content.length} bytes instead of ${bytes}`);
      else if (sha256(content) !== expected) problems.push(`${file} has changed: its hash is another`);
      else if (file === vectors.file) problems.push(...tensorProblems(file, content, tensor, rows, width));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && !(error instanceof HeadwiseError)) throw error;
      problems.push(code === 'ENOENT' ? `${file} is missing` : `${file}: ${message}`);
    }
  }
  return problems;
}

function tensorProblems(file: string, content: Buffer, name: string, rows: number, width: number): string[] {
  const { tensors, dataStart } = parseSafetensors(content);
  const tensor = tensors.get(name);
  if (tensor?.dtype !== 'F32' || tensor.shape.join() !== [rows, width].join())
    return [`${file} has no tensor ${name} of F32 [${rows}, ${width}]`];
  for (let at = dataStart; at < content.length; at += 4) {
    if (!Number.isFinite(content.readFloatLE(at))) return [`${file} has numbers that are not finite`];
  }
  return [];
}
