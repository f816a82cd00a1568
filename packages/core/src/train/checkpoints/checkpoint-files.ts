import { ConfigError, ShapeError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { SafetensorsCheckpoint, writeSafetensors } from '../../weights/safetensors/index.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import type { CheckpointOptions } from './options.ts';
import type { CheckpointStorage } from './storage.ts';
import type { TrainingState } from './training-state.ts';

const MODEL_FILE = 'model.safetensors';
const OPTIMIZER_FILE = 'optimizer.safetensors';
const STATE_FILE = 'trainer_state.json';

/** The parameters as the bytes of a safetensors file, under their names. The metadata is that which Hugging Face Transformers expects. */
export function modelSafetensors(parameters: ParameterSet): Uint8Array<ArrayBuffer> {
  return floatTensors(parameters.stateDict());
}

/** The files of a checkpoint. */
export function checkpointFiles(
  parameters: ParameterSet,
  optimizer: ReadonlyMap<string, FloatArray>,
  state: TrainingState,
  others: CheckpointOptions['files'] = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    ...Object.entries(others).map(([name, content]) => [name, bytesOf(content)] as const),
    [MODEL_FILE, modelSafetensors(parameters)],
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
export async function readCheckpoint(storage: CheckpointStorage, name: string): Promise<SavedRun> {
  const state = JSON.parse(new TextDecoder().decode(await storage.read(name, STATE_FILE))) as TrainingState;
  if (state.version !== 1) {
    throw new ConfigError(`checkpoint ${name}: ${STATE_FILE} must have version 1, got ${state.version}`);
  }
  return {
    state,
    parameters: await readTensors(storage, name, MODEL_FILE),
    optimizer: await readTensors(storage, name, OPTIMIZER_FILE),
  };
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
