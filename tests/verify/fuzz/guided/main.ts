// The entry of the bundle, which needs Node alone: `node fuzz.mjs --jobs 16 --seconds 480 --out OUT`. Docs in packages/core/test/fuzz/README.md.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import type { FuzzInput } from '../../../../packages/core/test/fuzz/reader.ts';
import { readInput } from '../../../../packages/core/test/fuzz/run-one.ts';
import { readers } from '../readers.ts';
import { sizeOf } from './corpus.ts';
import { fileNameOf, fromJson, toJson } from './input-file.ts';
import { runJob } from './job.ts';
import { type Log, mergeLogs, tableOf } from './log.ts';
import { work } from './worker.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: 'Infinity' },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      reader: { type: 'string' },
      /** A finding's file, which is read once more. */
      input: { type: 'string' },
      corpus: { type: 'string', multiple: true, default: [] },
      replay: { type: 'boolean', default: false },
      'save-corpus': { type: 'string' },
      out: { type: 'string', default: 'fuzz-findings' },
      log: { type: 'string' },
    },
  });
  if (values.input !== undefined) return readAgain(values.input);
  const only =
    values.reader === undefined ? undefined : readers.findIndex(({ name }) => name === values.reader);
  if (only === -1)
    throw new Error(`fuzz: --reader must be one of ${readers.map(({ name }) => name).join(', ')}`);
  const seed = Number(values.seed);
  const jobs = Number(values.jobs);
  let log: Log;
  if (jobs > 1) {
    log = await runJobs(jobs, seed, values.out);
  } else {
    // Short ones first, so that of those that show the same the shortest stays.
    const first = readers.map(({ name }) =>
      values.corpus.flatMap((folder) => readCorpus(folder, name)).sort((a, b) => sizeOf(a) - sizeOf(b)),
    );
    const done = await runJob({
      seed,
      seconds: Number(values.seconds),
      inputs: Number(values.inputs),
      only,
      isReplay: values.replay,
      first,
      out: values.out,
    });
    log = done.log;
    if (values['save-corpus'] !== undefined) saveCorpus(values['save-corpus'], done.corpora);
  }
  if (values.log !== undefined) writeFileSync(values.log, `${JSON.stringify(log, null, 1)}\n`);
  console.log(tableOf(log));
  return log.findings.length > 0 ? 1 : 0;
}

/** Runs jobs in processes of their own, with seeds one after the other. Joins their logs, and their inputs that showed something new. */
async function runJobs(jobs: number, seed: number, out: string): Promise<Log> {
  mkdirSync(out, { recursive: true });
  const folders = Array.from({ length: jobs }, (_, job) => join(out, `job-${job}`));
  const logs = await Promise.all(
    folders.map((folder, job) => runChild([...process.argv.slice(2), '--seed', String(seed + job)], folder)),
  );
  const corpora = folders.flatMap((folder) => ['--corpus', folder]);
  const joined = await runChild(
    ['--replay', '--seconds', '300', '--out', out, ...corpora],
    join(out, 'corpus'),
  );
  for (const folder of folders) rmSync(folder, { recursive: true });
  return mergeLogs(logs, joined);
}

/** Runs one job in a process, and saves its corpus in a folder. */
async function runChild(args: readonly string[], folder: string): Promise<Log> {
  const log = `${folder}.json`;
  const script = fileURLToPath(import.meta.url);
  // The last of an option that is given twice counts.
  const all = [...process.execArgv, script, ...args, '--jobs', '1', '--log', log, '--save-corpus', folder];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'inherit', 'inherit'] });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(readFileSync(log, 'utf8')) as Log;
}

const corpusFile = (folder: string, name: string) => join(folder, `${fileNameOf(name)}.jsonl`);

function readCorpus(folder: string, name: string): FuzzInput[] {
  const path = corpusFile(folder, name);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => fromJson(JSON.parse(line)));
}

function saveCorpus(folder: string, corpora: readonly (readonly FuzzInput[])[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [r, entries] of corpora.entries())
    writeFileSync(
      corpusFile(folder, readers[r]!.name),
      entries.map((entry) => `${JSON.stringify(toJson(entry))}\n`).join(''),
    );
}

async function readAgain(path: string): Promise<number> {
  const { reader: name, input } = JSON.parse(readFileSync(path, 'utf8'));
  const reader = readers.find((one) => one.name === name)!;
  const started = performance.now();
  console.log(await readInput(reader, fromJson(input)), `${(performance.now() - started).toFixed(0)} ms`);
  return 0;
}

if (isMainThread) process.exit(await main());
else await work();
