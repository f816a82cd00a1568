import type { FleetOptions, FleetProgress } from '@headwise/fleet';
import { type Command, Option } from 'commander';
import type { Console } from '../console.ts';
import { count, dtypeOption, type SourceFlags, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface RunFlags extends SourceFlags {
  readonly model: string;
  readonly out: string;
  readonly task: 'embed' | 'classify';
  readonly textField: string;
  readonly idField?: string;
  readonly shardSize: number;
  readonly dtype: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
  readonly backend: 'wasm-simd' | 'wasm-relaxed-simd';
  readonly weightsFile?: string;
  readonly normalize?: boolean;
  readonly truncateDim?: number;
  readonly prompt?: string;
  readonly promptName?: string;
  readonly redis?: string;
  readonly workers: number;
  readonly lockSeconds: number;
}

interface WorkFlags {
  readonly redis: string;
  readonly workers: number;
  readonly lockSeconds: number;
}

/** `headwise fleet run|work|status|verify`. */
export function addFleet(program: Command, console: Console): void {
  const fleet = program
    .command('fleet')
    .summary('embed or classify a corpus of any size, on one or many machines')
    .description(
      'Embeds or classifies all texts of a file. The file is divided into shards, which one process or many machines over Redis compute. A run that was interrupted\ngoes on where it was when it is started again.',
    )
    .addHelpText('after', HELP);
  addRun(fleet, console);
  addWork(fleet, console);
  addStatus(fleet, console);
  addVerify(fleet, console);
}

function addRun(fleet: Command, console: Console): void {
  const command = fleet
    .command('run')
    .summary('divide a corpus into shards, hand them out, and write the results')
    .description(
      'Computes a vector for each text of CORPUS and writes them to the directory of --out: embeddings (or scores) as safetensors, a file for each shard, ids and hashes\nbeside them, and manifest.json when all are done. Start it again after any interruption: what is done is not computed again.',
    )
    .argument('<corpus>', 'a .jsonl or .ndjson file (an object in each line) or a .parquet file')
    .requiredOption('--model <source>', 'an encoder: a directory, a URL, or org/name of the hub')
    .requiredOption(
      '--out <directory>',
      'directory of the results; all machines must have it under this path',
    )
    .addOption(
      new Option('--task <task>', 'embed: embeddings; classify: the scores of all labels')
        .choices(['embed', 'classify'])
        .default('embed'),
    )
    .option('--text-field <name>', 'field or column with the text', 'text')
    .option('--id-field <name>', 'field or column with an id that is written beside the vectors')
    .option('--shard-size <number>', 'texts that are computed and written at a time', count(1), 1024)
    .option('--redis <url>', 'hand shards out over this Redis (default: this process computes all)')
    .option('--workers <number>', 'threads of this process; 0 with --redis leaves all to others', count(0), 1)
    .addOption(lockOption())
    .addOption(dtypeOption())
    .addOption(
      new Option('--backend <name>', 'wasm-simd: the same bits on all machines; wasm-relaxed-simd: faster')
        .choices(['wasm-simd', 'wasm-relaxed-simd'])
        .default('wasm-simd'),
    )
    .option('--weights-file <name>', 'the file with the weights, if it is not model.safetensors')
    .option('--normalize', "divide embeddings by their length (default: as in the model's files)")
    .option('--truncate-dim <number>', 'features of an embedding to keep', count(1))
    .option('--prompt <text>', 'a text to put before each text')
    .option('--prompt-name <name>', "the name of a prompt of the model's files");
  withSourceFlags(command).action(async (corpus: string, flags: RunFlags) => {
    const { model, lockSeconds, revision: _, hubUrl: __, ...rest } = flags;
    const { runFleet } = await import('@headwise/fleet');
    const {
      corpus: found,
      shards,
      width,
    } = await runFleet(corpus, {
      ...(rest as Omit<FleetOptions, 'model'>),
      ...sourceOptions(flags),
      model: sourceOf(model),
      lockDuration: lockSeconds * 1000,
      onProgress: progressLine(console),
      onNotice: noticeLine(console),
      ...(console.signal && { signal: console.signal }),
    });
    console.out(`${found.rows} texts, ${shards.length} shards, ${width ?? 0} features in ${flags.out}\n`);
  });
}

function addWork(fleet: Command, console: Console): void {
  fleet
    .command('work')
    .summary('compute shards of runs in a Redis, until it is stopped')
    .description(
      'Computes shards of all runs in a Redis, with the model that each run names. The first SIGINT (Ctrl+C) or SIGTERM stops after the shards in work, the second at once;\nwhat is not finished is computed by others. A machine that cannot work on a run (no such directory, another model) exits with 1.',
    )
    .requiredOption('--redis <url>', 'the Redis of headwise fleet run')
    .option('--workers <number>', 'threads, each with a copy of the weights', count(1), 1)
    .addOption(lockOption())
    .action(async ({ redis, workers, lockSeconds }: WorkFlags) => {
      const { workFleet } = await import('@headwise/fleet');
      console.error('headwise: waits for shards\n');
      await workFleet({
        redis,
        workers,
        lockDuration: lockSeconds * 1000,
        onNotice: noticeLine(console),
        ...(console.signal && { signal: console.signal }),
      });
    });
}

function addStatus(fleet: Command, console: Console): void {
  fleet
    .command('status')
    .summary('show how far a run is')
    .description('Shows how far the run in a directory is.')
    .argument('<directory>', 'the directory of --out')
    .option('--json', 'write JSON')
    .action(async (directory: string, { json }: { json?: boolean }) => {
      const { fleetStatus } = await import('@headwise/fleet');
      const status = await fleetStatus(directory);
      const state = status.hasManifest ? 'done' : 'not done';
      console.out(json ? `${JSON.stringify(status)}\n` : `${state}: ${shown(status)}\n`);
    });
}

function addVerify(fleet: Command, console: Console): void {
  fleet
    .command('verify')
    .summary('compare the results of a run with its checksums')
    .description(
      'Compares each file of a run with manifest.json: its bytes, its SHA-256, the shape of its tensor, and that its numbers are finite. Exits with 1 if one differs.',
    )
    .argument('<directory>', 'the directory of --out')
    .option('--corpus <file>', 'compare the corpus with its hash too')
    .action(async (directory: string, flags: { corpus?: string }) => {
      const { FleetError, verifyFleet } = await import('@headwise/fleet');
      const { shards, rows, problems } = await verifyFleet(directory, {
        ...flags,
        ...(console.signal && { signal: console.signal }),
      });
      for (const problem of problems) console.out(`${problem}\n`);
      if (problems.length > 0)
        throw new FleetError('files', `fleet: ${problems.length} problems in ${directory}`);
      console.out(`${shards} shards with ${rows} texts are as they were written\n`);
    });
}

function lockOption(): Option {
  return new Option('--lock-seconds <number>', 'seconds after which a machine that is silent counts as lost')
    .argParser(count(1))
    .default(30);
}

function noticeLine(console: Console): (notice: string) => void {
  return (notice) => console.error(`headwise: ${notice}\n`);
}

/** Writes how far it is, how fast, and about how long it will take. */
function progressLine(console: Console): (progress: FleetProgress) => void {
  let first: { at: number; rows: number } | undefined;
  return (progress) => {
    const now = performance.now() / 1000;
    first ??= { at: now, rows: progress.rowsDone };
    const perSecond = (progress.rowsDone - first.rows) / (now - first.at);
    const left = (progress.rows - progress.rowsDone) / perSecond;
    const speed = perSecond > 0 ? `, ${perSecond.toFixed(0)} texts/s, about ${timeText(left)} left` : '';
    console.error(`headwise: ${shown(progress)}${speed}\n`);
  };
}

function shown({ shards, shardsDone, rows, rowsDone }: FleetProgress): string {
  return `${shardsDone} of ${shards} shards, ${rowsDone} of ${rows} texts`;
}

function timeText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

const HELP = `
Examples, on one machine:
  headwise fleet run corpus.jsonl --model sentence-transformers/all-MiniLM-L6-v2 --out ./vectors --workers 4
  headwise fleet run reviews.parquet --text-field body --id-field id --model ./minilm --out ./vectors
  headwise fleet status ./vectors
  headwise fleet verify ./vectors --corpus corpus.jsonl

On many machines that share /data:
  headwise fleet work --redis redis://queue:6379 --workers 8            (on each machine)
  headwise fleet run /data/corpus.jsonl --redis redis://queue:6379 --workers 0 \\
    --model sentence-transformers/all-MiniLM-L6-v2 --out /data/vectors  (on one)

Anyone who can write to the Redis can make the machines read and write files: give it a password and keep it in a private network. docs/fleet.md tells more.
`;
