import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError } from '@headwise/core';
import { locationOf } from '@headwise/server/internal';
import * as v from 'valibot';
import { formatOf, openCorpus, sizeOf } from '../corpus/open.ts';
import { FleetError } from '../errors.ts';
import { hashOfFile, inDirectory, readOptional, writeOnce } from '../files.ts';
import type { FleetOptions, FleetSettings } from '../options.ts';
import { atLeastOne, count, fileError, hash, parseJson } from './json.ts';

/** {@link FleetSettings} in a file. */
export const Settings: v.GenericSchema<unknown, FleetSettings> = v.strictObject({
  task: v.picklist(['embed', 'classify']),
  model: v.strictObject({
    source: v.string(),
    revision: v.exactOptional(v.string()),
    hubUrl: v.exactOptional(v.string()),
    weightsFile: v.exactOptional(v.string()),
    dtype: v.picklist(['auto', 'f32', 'f16', 'q8', 'q4']),
    backend: v.picklist(['wasm-simd', 'wasm-relaxed-simd', 'reference']),
  }),
  options: v.strictObject({
    normalize: v.exactOptional(v.boolean()),
    truncateDim: v.exactOptional(atLeastOne),
    prompt: v.exactOptional(v.string()),
    promptName: v.exactOptional(v.string()),
  }),
  corpus: v.strictObject({
    path: v.string(),
    format: v.picklist(['jsonl', 'parquet']),
    textField: v.string(),
    idField: v.exactOptional(v.string()),
  }),
  shardSize: atLeastOne,
});

const Plan = v.strictObject({
  version: v.literal(1),
  /** Distinguishes the run from others in the same Redis. */
  id: v.pipe(v.string(), v.uuid()),
  settings: Settings,
  corpus: v.strictObject({ bytes: count, sha256: hash, rows: count }),
  shards: v.array(
    v.strictObject({
      firstRow: count,
      rows: atLeastOne,
      sha256: hash,
      offset: v.exactOptional(count),
      bytes: v.exactOptional(atLeastOne),
    }),
  ),
});
export type Plan = v.InferOutput<typeof Plan>;

const PLAN = 'plan.json';

export function settingsOf(corpus: string, options: FleetOptions): FleetSettings {
  const { task = 'embed', shardSize = 1024, textField = 'text', idField, model } = options;
  const { revision, hubUrl, weightsFile, dtype = 'auto', backend = 'wasm-simd' } = options;
  const { normalize, truncateDim, prompt, promptName } = options;
  const path = resolve(corpus);
  const settings = {
    task,
    model: { source: locationOf(model), revision, hubUrl, weightsFile, dtype, backend },
    options: { normalize, truncateDim, prompt, promptName },
    corpus: { path, format: formatOf(path), textField, idField },
    shardSize,
  };
  // Without the values that are undefined, as a plan that is read again has them.
  return JSON.parse(JSON.stringify(settings)) as FleetSettings;
}

/** Reads the plan of a directory; undefined if it has none. Rejects with `FormatError` for a broken one. */
export async function readPlan(directory: string): Promise<Plan | undefined> {
  const text = await readOptional(join(directory, PLAN));
  return text === undefined ? undefined : parsePlan(text);
}

/** {@link readPlan} of a directory that must have one. */
export async function requirePlan(directory: string): Promise<Plan> {
  const plan = await readPlan(directory);
  if (plan) return plan;
  throw new ConfigError(`fleet: ${directory} has no run: there is no ${PLAN} in it`);
}

/** Throws `FormatError` unless it is a plan whose shards follow one another. */
export function parsePlan(text: string): Plan {
  const plan = parseJson(Plan, text, 'fleet-plan', PLAN);
  let next = 0;
  for (const { firstRow, rows } of plan.shards) {
    if (firstRow !== next) throw fileError('fleet-plan', PLAN, 'shards do not follow one another');
    next += rows;
  }
  if (next !== plan.corpus.rows)
    throw fileError('fleet-plan', PLAN, `the shards have ${next} rows, the corpus has ${plan.corpus.rows}`);
  return plan;
}

/**
 * The plan of the directory if it has one with the same settings, else a new one: reads the whole corpus. Rejects with `FleetError` if the directory has another
 * run, or the corpus has changed.
 */
export async function planRun(
  directory: string,
  settings: FleetSettings,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const { path, format, textField, idField } = settings.corpus;
  const existing = await inDirectory(directory, readPlan(directory));
  if (existing) {
    requireSame(directory, existing, settings);
    const isSameSize = (await sizeOf(path)) === existing.corpus.bytes;
    if (isSameSize && (await hashOfFile(path, signal)) === existing.corpus.sha256) return existing;
    throw new FleetError(
      'corpus-changed',
      `fleet: ${path} has changed since the run in ${directory} was planned: it has another ${isSameSize ? 'hash' : 'size'}; restore it, or choose another directory`,
    );
  }
  const fields = { text: textField, ...(idField !== undefined && { id: idField }) };
  const corpus = await openCorpus(path, format, fields);
  const { shards, ...contents } = await corpus
    .divide(settings.shardSize, signal)
    .finally(() => corpus.close());
  const plan: Plan = { version: 1, id: randomUUID(), settings, corpus: contents, shards: [...shards] };
  await inDirectory(directory, mkdir(directory, { recursive: true }));
  const isFirst = writeOnce(join(directory, PLAN), `${JSON.stringify(plan)}\n`);
  if (await inDirectory(directory, isFirst)) return plan;
  // Another process was faster.
  const other = await requirePlan(directory);
  requireSame(directory, other, settings);
  return other;
}

function requireSame(directory: string, plan: Plan, settings: FleetSettings): void {
  const [theirs, ours] = [flat(plan.settings), flat(settings)];
  const differing = [...new Set([...theirs.keys(), ...ours.keys()])].find(
    (name) => theirs.get(name) !== ours.get(name),
  );
  if (differing === undefined) return;
  const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  throw new FleetError(
    'other-run',
    `fleet: ${directory} has a run whose ${differing} is ${shown(theirs.get(differing))}, not ${shown(ours.get(differing))}; choose another directory`,
  );
}

/** Values by their path, such as `model.dtype`. */
function flat(value: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === 'object' ? [...flat(inner as object, `${path}${name}.`)] : [[path + name, inner]],
    ),
  );
}
