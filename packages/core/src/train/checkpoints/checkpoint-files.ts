import { ConfigError, FormatError, ShapeError } from '../../errors.ts';
import { parseJson } from '../../limits.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { SafetensorsCheckpoint, writeSafetensors } from '../../weights/safetensors/index.ts';
import type { Trainable } from '../parameters/load-trainable.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import type { CheckpointOptions } from './options.ts';
import type { CheckpointStorage } from './storage.ts';
import type { TrainingState } from './training-state.ts';

const MODEL_FILE = 'model.safetensors';
const PARAMETERS_FILE = 'parameters.safetensors';
const OPTIMIZER_FILE = 'optimizer.safetensors';
const STATE_FILE = 'trainer_state.json';

/** The parameters as the bytes of a safetensors file, under their names. The metadata is that which Hugging Face Transformers expects. */
export function modelSafetensors(parameters: ParameterSet): Uint8Array<ArrayBuffer> {
  return floatTensors(parameters.stateDict());
}

/** The file of the parameters: one that holds a part of the model does not have the name of a whole one. */
const parametersFile = ({ isPartial = false }: Trained) => (isPartial ? PARAMETERS_FILE : MODEL_FILE);

/** What a run trains. */
type Trained = Pick<Trainable<unknown>, 'parameters' | 'isPartial' | 'lora'>;

/** The files of a checkpoint; with low-rank adapters also those of PEFT. */
export function checkpointFiles(
  trained: Trained,
  optimizer: ReadonlyMap<string, FloatArray>,
  state: TrainingState,
  others: CheckpointOptions['files'] = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    ...Object.entries({ ...others, ...trained.lora?.adapter().files() }).map(
      ([name, content]) => [name, bytesOf(content)] as const,
    ),
    [parametersFile(trained), modelSafetensors(trained.parameters)],
    [OPTIMIZER_FILE, floatTensors(optimizer)],
    [STATE_FILE, bytesOf(state)],
  ]);
}

/** A checkpoint, read. */
export interface SavedRun {
  readonly state: TrainingState;
  readonly parameters: ReadonlyMap<string, FloatArray>;
  /** See `Optimizer.stateDict`. */
  readonly optimizer: ReadonlyMap<string, FloatArray>;
}

/** Reads the state of a run, with the values of its parameters and of its optimiser. */
export async function readCheckpoint(
  storage: CheckpointStorage,
  name: string,
  trained: Trained,
): Promise<SavedRun> {
  const state = parseState(name, await storage.read(name, STATE_FILE));
  if (state.version !== 1) {
    throw new ConfigError(
      `checkpoint ${name}: ${STATE_FILE} must have version 1, got ${String(JSON.stringify(state.version)).slice(0, 60)}`,
    );
  }
  return {
    state,
    parameters: await readTensors(storage, name, parametersFile(trained)),
    optimizer: await readTensors(storage, name, OPTIMIZER_FILE),
  };
}

function parseState(name: string, bytes: Uint8Array): TrainingState {
  const file = `checkpoint ${name}: ${STATE_FILE}`;
  const json = parseJson(new TextDecoder().decode(bytes), file);
  if (typeof json === 'object' && json !== null) {
    checkState(json as Record<keyof TrainingState, unknown>, file);
    return json as TrainingState;
  }
  throw new ConfigError(`${file} must be an object, got ${JSON.stringify(json)}`);
}

/** Throws `FormatError` for a state of version 1 that no trainer wrote. Other versions are refused by their number. */
function checkState(state: Readonly<Record<keyof TrainingState, unknown>>, file: string): void {
  if (state.version !== 1) return;
  const isNumber = (value: unknown) => typeof value === 'number';
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  // JSON has no NaN: a loss that is not finite is null.
  const isLoss = (value: unknown) => value === null || isNumber(value);
  const isLosses = (value: unknown) => Array.isArray(value) && value.every(isLoss);
  const fields: Readonly<Record<Exclude<keyof TrainingState, 'version'>, (value: unknown) => boolean>> = {
    step: isCount,
    epoch: isCount,
    nextBatch: isCount,
    loss: isLoss,
    firstLosses: isLosses,
    lastLosses: isLosses,
    evaluations: (value) => Array.isArray(value) && value.every(isObject),
    best: (value) => value === null || isObject(value),
    evaluationsWithoutImprovement: isCount,
    settings: isObject,
  };
  for (const [field, isValid] of Object.entries(fields)) {
    const value = state[field as keyof TrainingState];
    if (!isValid(value))
      throw new FormatError(
        'checkpoint-invalid',
        `${file} has no valid ${field}, got ${String(JSON.stringify(value)).slice(0, 60)}; it was not written by a trainer`,
      );
  }
}

/** Writes values from a checkpoint into the parameters. Throws `ShapeError` if names or sizes differ; nothing is changed then. */
export function restoreParameters(
  parameters: ParameterSet,
  saved: ReadonlyMap<string, FloatArray>,
  checkpoint: string,
): void {
  for (const { name, size } of parameters) {
    const array = saved.get(name);
    if (array?.data.length === size) continue;
    const got = array ? `${array.data.length}` : 'none';
    throw new ShapeError(`checkpoint ${checkpoint}: ${name} must have ${size} values, got ${got}`);
  }
  for (const parameter of parameters) parameter.values.set(saved.get(parameter.name)!.data);
  parameters.changed();
}

async function readTensors(
  storage: CheckpointStorage,
  name: string,
  file: string,
): Promise<Map<string, FloatArray>> {
  const opened = await SafetensorsCheckpoint.open(memorySource(await storage.read(name, file)), file);
  const tensors = new Map<string, FloatArray>();
  for (const tensor of opened.names) {
    const read = await opened.read(tensor);
    tensors.set(tensor, { data: toFloat32(read), shape: read.shape });
  }
  return tensors;
}

function floatTensors(arrays: ReadonlyMap<string, FloatArray>): Uint8Array<ArrayBuffer> {
  const tensors = [...arrays].map(([name, { data, shape }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, { dtype: 'F32', shape, bytes }] as const;
  });
  return writeSafetensors(tensors, [['format', 'pt']]);
}

function bytesOf(content: unknown): Uint8Array<ArrayBuffer> {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  return new TextEncoder().encode(text);
}
