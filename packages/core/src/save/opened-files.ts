import type { WeightType } from '../backend/backend.ts';
import type { LoadModelOptions } from '../load/load-model.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';

/** A model's files, opened to be saved. */
export interface OpenedModel {
  /** What config.json says or would say; undefined for a model that has none. */
  readonly configJson: Readonly<Record<string, unknown>> | undefined;
  load(options: LoadModelOptions): Promise<{ readonly dtype?: WeightType; dispose(): Promise<void> }>;
  /** The files that a saved model has beside config.json and, where `keepsWeights` is false, its weights. To be called after `load`. */
  otherFiles(keepsWeights: boolean): AsyncIterable<readonly [name: string, bytes: Uint8Array]>;
}

/** The files that were opened but config.json and, unless they are kept, the weights. */
export async function* filesOf(
  files: RepositoryFiles,
  keepsWeights: boolean,
): AsyncIterable<readonly [name: string, bytes: Uint8Array]> {
  for (const name of files.opened) {
    // The weights of modules are in folders: those stay as they are.
    const isWeights =
      !name.includes('/') && /\.(safetensors|safetensors\.index\.json|bin|bin\.index\.json)$/.test(name);
    if (name !== 'config.json' && (keepsWeights || !isWeights)) yield [name, await files.bytes(name)];
  }
}

export function jsonFile(name: string, json: unknown): readonly [name: string, bytes: Uint8Array] {
  return [name, new TextEncoder().encode(`${JSON.stringify(json, undefined, 2)}\n`)];
}
