import { join } from 'node:path';
import * as v from 'valibot';
import { FleetError } from '../errors.ts';
import { readOptional, sha256, writeOnce } from '../files.ts';
import { atLeastOne, hash, parseJson } from '../plan/json.ts';
import type { Plan } from '../plan/plan.ts';
import type { Vectors } from './shard-files.ts';

const ModelFile = v.strictObject({
  width: atLeastOne,
  /** `classify`: the label of each score. */
  labels: v.exactOptional(v.array(v.string())),
  /** Hash of the vector of {@link PROBE}. */
  probe: hash,
});
export type ModelFile = v.InferOutput<typeof ModelFile>;

const NAME = 'model.json';

/** The text whose vector tells models apart. */
export const PROBE = 'Headwise 2026: the same model on every machine? 모든 기계에서 같은 모델인가?';

/** What the first process found of the model; undefined before one has loaded it. */
export async function readModelFile(directory: string): Promise<ModelFile | undefined> {
  const text = await readOptional(join(directory, NAME));
  return text === undefined ? undefined : parseModelFile(text);
}

export function parseModelFile(text: string): ModelFile {
  return parseJson(ModelFile, text, 'fleet-model', NAME);
}

/**
 * Compares this machine's model with that of the run, by the vector of a text: the first process writes it down. Rejects with `FleetError` if they differ, so that
 * no machine with another revision or another file of weights mixes its vectors in.
 */
export async function checkModel(
  directory: string,
  plan: Plan,
  { data, width }: Vectors,
  labels: readonly string[] | undefined,
): Promise<void> {
  const own: ModelFile = {
    width,
    ...(labels && { labels: [...labels] }),
    probe: sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  };
  if (await writeOnce(join(directory, NAME), `${JSON.stringify(own)}\n`)) return;
  const other = await readModelFile(directory);
  const isSame =
    other?.width === width &&
    JSON.stringify(other.labels) === JSON.stringify(own.labels) &&
    // The last bits of other backends depend on the processor.
    (plan.settings.model.backend === 'wasm-relaxed-simd' || other.probe === own.probe);
  if (isSame) return;
  throw new FleetError(
    'model',
    `fleet: ${plan.settings.model.source} computes other vectors here than on the machine that began the run: it is another revision or another file of weights`,
  );
}
