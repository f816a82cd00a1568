import type { Backend } from '../../backend/backend.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { LoraAdapter } from '../lora/adapter.ts';
import { type LoraOptions, type LoraPlan, planLora } from '../lora/plan.ts';
import type { TrainingSupport } from '../support.ts';
import type { WeightSources } from '../tape/recording-memory.ts';
import { ParameterSet } from './parameters.ts';
import { CodedCheckpoint, ProbingBackend, type Runs } from './probe.ts';
import { CodedTensors, runsOfHeld, tensorsToHold } from './selection.ts';
import { WeightSource } from './weight-source.ts';

/** What {@link loadParameters} needs of a recording backend. */
interface Recording extends Backend {
  withSources<T>(sources: readonly WeightSources[], load: () => T | Promise<T>): Promise<T>;
  repack(which: 'all' | 'trainable'): void;
}

/** The result of {@link loadParameters}. */
interface LoadedParameters<Model> {
  readonly model: Model;
  readonly parameters: ParameterSet;
  /** Tensors that were read but that no weight on the backend is made of. */
  readonly constants: readonly string[];
  /** The low-rank adapters, with the option `lora`. */
  readonly plan: LoraPlan | undefined;
}

/** What is trained; see `LoadTrainableOptions`. */
interface TrainedParts {
  readonly trainable?: (name: string) => boolean;
  readonly lora?: LoraOptions | LoraAdapter;
}

/**
 * Runs `load`, which reads weights from a checkpoint and creates them on a backend, and finds which parameter values each weight is made of. It
 * is called twice.
 *
 * The first call gets a checkpoint whose values are their own indices, so that each weight that reaches the backend, however it was
 * transposed, cut or concatenated on the way, shows which parameter values it is made of. The second call gets the values.
 */
export async function loadParameters<Model>(
  recording: Recording,
  support: TrainingSupport,
  checkpoint: Checkpoint,
  load: (checkpoint: Checkpoint, backend: Backend) => Model | Promise<Model>,
  { trainable = () => true, lora }: TrainedParts = {},
): Promise<LoadedParameters<Model>> {
  const coded = new CodedCheckpoint(checkpoint);
  const probe = new ProbingBackend();
  await load(coded, probe);
  const probed = probe.weights(coded.count);
  const tensors = new CodedTensors(coded.tensors);
  const plan = lora && planLora(lora, tensors, probed, checkpoint);
  const isTrained = plan ? plan.isTrained : trainable;
  const held = tensorsToHold(tensors, probed, isTrained);
  const parameters = new ParameterSet([...held, ...(plan?.parameters ?? [])], support);
  let model: Model;
  try {
    for (const { name } of held) {
      const values = toFloat32(await checkpoint.read(name));
      parameters.get(name).values.set(values);
    }
    plan?.initialize(parameters);
    const offsets = new Map(held.map((tensor) => [tensor, parameters.offsetOf(tensor.name)]));
    const isWhole = held.length === tensors.all.length;
    const sourceOf = (runs: Runs, size: number) => {
      const own = isWhole ? runs : runsOfHeld(tensors, runs, offsets);
      return own && new WeightSource(parameters, own, size);
    };
    const sources = probed.map(({ size, runs, bias }, index) => ({
      weight: sourceOf(runs, size),
      bias: bias && sourceOf(bias.runs, bias.size),
      ...(plan && { lowRank: plan.sources(index, parameters) }),
    }));
    model = await recording.withSources(sources, () => load(withValues(checkpoint, parameters), recording));
  } catch (error) {
    parameters.dispose();
    throw error;
  }
  parameters.onChange((which) => recording.repack(which));

  const used = new Set(probed.flatMap((weights) => [...tensors.of(weights)]));
  for (const tensor of held) {
    parameters.get(tensor.name).trainable = used.has(tensor) && isTrained(tensor.name);
  }
  const constants = held.filter((tensor) => !used.has(tensor) && isTrained(tensor.name));
  return { model, parameters, constants: constants.map(({ name }) => name), plan };
}

/** The checkpoint with the parameters' values in f32. */
function withValues(checkpoint: Checkpoint, parameters: ParameterSet): Checkpoint {
  const byName = new Map(parameters.all.map((parameter) => [parameter.name, parameter]));
  return {
    names: checkpoint.names,
    info: (name) => {
      const parameter = byName.get(name);
      return parameter ? { dtype: 'F32', shape: parameter.shape } : checkpoint.info(name);
    },
    read: async (name, slice) => {
      const parameter = byName.get(name);
      if (!parameter) return checkpoint.read(name, slice);
      const bytes = new Uint8Array(parameter.values.slice().buffer);
      return readTensor(memorySource(bytes), 0, { dtype: 'F32', shape: parameter.shape }, slice);
    },
  };
}
