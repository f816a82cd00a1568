import { directoryWriter } from '#save-directory';
import type { WeightType } from '../backend/backend.ts';
import type { WeightTypeName } from '../backend/weight-type.ts';
import { ConfigError, LoadError } from '../errors.ts';
import type { AnyModel } from '../load/load-model.ts';
import { sourceOf } from '../load/model-source.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import type { QuantizedConfig } from '../weights/quantized/config.ts';
import { writeQuantizedConfig } from '../weights/quantized/config.ts';
import { type ModelSource, SOURCE_OPTIONS, type SourceOptions } from '../weights/sources/resolve.ts';
import type { WeightAdapter } from '../weights/types.ts';
import { openModel } from './opened-model.ts';
import { UseRecorder } from './record-use.ts';
import { handleWriter, mapWriter, type SaveWriter } from './target.ts';
import { type StreamedFile, weightsFile } from './write-weights.ts';

/** Options of {@link saveModel}; how a model's files are found if it is given by its source. */
export interface SaveModelOptions extends SourceOptions {
  /** The type of the weights. Default: that of the model; of a source, as its loader chooses (`auto`). */
  dtype?: WeightTypeName | 'auto';
  /** Name of the file with the weights: safetensors, the index of several, GGUF, or llama2.c's. Default: see `openCheckpoint`. */
  weightsFile?: string;
  /** A low-rank adapter that is merged into the weights: see `loadAdapter` of `@headwise/core/train`. */
  adapter?: WeightAdapter;
  /** Whether to replace a directory that has files. Default: false. */
  overwrite?: boolean;
}

const OPTIONS = {
  ...SOURCE_OPTIONS,
  dtype: 'string',
  weightsFile: 'string',
  adapter: 'object',
  overwrite: 'boolean',
} satisfies OptionNames<SaveModelOptions>;

/** Where {@link saveModel} writes: a directory (a path or `file:` URL in Node, a handle in browsers), or a map from names to contents. */
export type SaveTarget = string | URL | FileSystemDirectoryHandle | Map<string, Uint8Array>;

/** What {@link saveModel} has written. */
export interface SavedModel {
  /** The type of the weights. */
  readonly dtype: WeightType;
  /** Names and sizes in bytes. */
  readonly files: ReadonlyMap<string, number>;
}

/**
 * Writes a model as a repository with its weights as the engine keeps them (`q8`, `q4`, `f16` or `f32`), its tokenizer and its configuration. All loaders
 * load it, without quantising, and it computes the same bits as the model that is loaded from the original with that `dtype`. In `q8` it has about half
 * the size of weights in 16 bits, in `q4` a third. docs/quantized-weights.md describes the file.
 *
 * `model` is a model that a loader returned, or a source of one; of files in memory, the source must still exist. The weights are read from the source again:
 * saving needs as much memory as loading.
 *
 * ```ts
 * const files = new Map<string, Uint8Array>();
 * await saveModel('sentence-transformers/all-MiniLM-L6-v2', files, { dtype: 'q8' });
 * const model = await loadEncoder(files);
 * ```
 *
 * Of a GGUF, llama2.c or whisper.cpp file, the configuration and the tokenizer are written as the files that a repository has for them.
 *
 * Rejects as the loaders do; with `ConfigError` for a directory that has files, and for a model that no loader returned. On failure, nothing is left at the
 * target.
 */
export async function saveModel(
  model: AnyModel | ModelSource,
  target: SaveTarget,
  options: SaveModelOptions = {},
): Promise<SavedModel> {
  checkOptions('saveModel', options, OPTIONS);
  const { overwrite = false, ...given } = options;
  const found = sourceAndOptions(model, given);
  const writer = await openTarget(target, overwrite);
  try {
    const saved = await writeModel(found.source, found.options, writer);
    options.signal?.throwIfAborted();
    await writer.commit();
    return saved;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

interface FoundModel {
  readonly source: ModelSource;
  readonly options: SaveModelOptions;
}

function sourceAndOptions(model: AnyModel | ModelSource, options: SaveModelOptions): FoundModel {
  if (
    typeof model !== 'object' ||
    model === null ||
    model instanceof URL ||
    !('kind' in model && 'dispose' in model)
  )
    return { source: model as ModelSource, options };
  const known = sourceOf(model);
  if (!known) {
    throw new ConfigError(
      'saveModel: the model must be one that loadModel, loadEncoder, loadCausalLM, loadSeq2SeqLM or loadRecurrentSeq2Seq returned, or a source of files',
    );
  }
  const { dtype } = model as { dtype?: WeightType };
  const all: SaveModelOptions = { ...known.options, ...(dtype && { dtype }), ...options };
  if (typeof known.source === 'string') return { source: known.source, options: all };
  const source = known.source.deref();
  if (source) return { source, options: all };
  throw new LoadError(
    'not-found',
    'saveModel: the files in memory that the model was loaded from were freed; keep them until it is saved, or pass them instead of the model',
  );
}

async function openTarget(target: SaveTarget, overwrite: boolean): Promise<SaveWriter> {
  if (typeof target === 'string' || target instanceof URL) return directoryWriter(target, overwrite);
  if (target instanceof Map) return mapWriter(target);
  if (typeof target === 'object' && target !== null && 'getFileHandle' in target) return handleWriter(target);
  throw new ConfigError(
    `saveModel: the target must be a directory or a Map, got ${target === null ? 'null' : typeof target}`,
  );
}

async function writeModel(
  source: ModelSource,
  { dtype, adapter, ...options }: SaveModelOptions,
  writer: SaveWriter,
): Promise<SavedModel> {
  const recorder = new UseRecorder(adapter);
  const opened = await openModel(source, options);
  const model = await opened.load({ ...options, adapter: recorder, ...(dtype && { dtype }) });
  const used = (model as { dtype?: WeightType }).dtype ?? 'f32';
  await model.dispose();

  const sizes = new Map<string, number>();
  const write = async (name: string, { size, parts }: StreamedFile) => {
    options.signal?.throwIfAborted();
    await writer.write(name, parts(), size);
    sizes.set(name, size);
  };
  let config: QuantizedConfig | undefined;
  const { checkpoint } = recorder;
  if (checkpoint) {
    const weights = weightsFile(checkpoint, recorder.uses, used);
    config = weights.config;
    await write('model.safetensors', weights.file);
  }
  for await (const [name, bytes] of opened.otherFiles(checkpoint === undefined))
    await write(name, plainFile(bytes));
  // Last: a repository that has it is whole.
  if (opened.configJson) {
    const { quantization_config: _, ...rest } = opened.configJson;
    const json = { ...rest, ...(config && { quantization_config: writeQuantizedConfig(config) }) };
    await write(
      'config.json',
      plainFile(new TextEncoder().encode(`${JSON.stringify(json, undefined, 2)}\n`)),
    );
  }
  return { dtype: used, files: sizes };
}

function plainFile(bytes: Uint8Array): StreamedFile {
  return {
    size: bytes.length,
    async *parts() {
      yield bytes;
    },
  };
}
