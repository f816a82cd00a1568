import { ConfigError } from '../../errors.ts';
import { Random, randomSeed } from '../../platform/random.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import type { CodedTensor, ProbedWeights } from '../parameters/probe.ts';
import type { CodedTensors } from '../parameters/selection.ts';
import { WeightSource } from '../parameters/weight-source.ts';
import type { LowRankSource } from '../tape/recording-memory.ts';
import { LoraAdapter } from './adapter.ts';
import { checkLoraConfig, type LoraConfig } from './config.ts';
import type { LowRankFactors } from './low-rank.ts';
import { namesInCheckpoint } from './merge.ts';
import {
  type AdaptedLayer,
  type FactorOffsets,
  layerShape,
  lowRankRuns,
  type PackedRows,
  packedRows,
} from './packing.ts';
import { ALL_LINEAR, isTarget, isWithin, rankOf, scaleOf } from './targets.ts';

/** New low-rank adapters. */
export interface LoraOptions extends LoraConfig {
  /** Seed of A, a whole number from 0 to 2³² − 1. Default: random. */
  readonly seed?: number;
  /**
   * The name of a layer or tensor in Hugging Face's class, where it differs from that in the checkpoint: adapter files and patterns have these
   * names. A checkpoint of `BertModel` that gets a classifier, for example, lacks the prefix `bert.` of `BertForSequenceClassification`.
   */
  readonly moduleName?: (name: string) => string;
}

/** What to adapt in a model, and where. */
export interface LoraPlan {
  readonly config: LoraConfig;
  readonly layers: readonly AdaptedLayer[];
  /** Tensors that are trained whole, with their names in adapter files. */
  readonly saved: ReadonlyMap<string, string>;
  /** The names and shapes of A and B. */
  readonly parameters: readonly { name: string; shape: readonly number[]; size: number }[];
  /** Whether a tensor of the checkpoint is trained whole. */
  isTrained(name: string): boolean;
  /** Sets A and B. */
  initialize(parameters: ParameterSet): void;
  /** The adapters of the packed weight `index`. */
  sources(index: number, parameters: ParameterSet): readonly LowRankSource[];
}

/** The names of the parameters A and B of a layer. */
export const factorNames = ({ tensor }: Pick<AdaptedLayer, 'tensor'>) => {
  const layer = tensor.name.replace(/\.weight$/, '');
  return { a: `${layer}.lora_A.weight`, b: `${layer}.lora_B.weight` };
};

/** Throws `ConfigError` for targets that match no linear layer of the model. */
export function planLora(
  lora: LoraOptions | LoraAdapter,
  tensors: CodedTensors,
  probed: readonly ProbedWeights[],
  checkpoint: Checkpoint,
): LoraPlan {
  const targets =
    lora instanceof LoraAdapter
      ? adapterTargets(lora, tensors, checkpoint)
      : newTargets(lora, tensors, probed);
  const { config, modules, moduleName } = targets;
  const rows = packedRows(tensors, probed, new Set(modules.keys()));
  const layers = [...modules].map(([tensor, { module, rank, scale }]) => ({
    module,
    tensor,
    ...layerShape(rows, tensor),
    rank,
    scale,
  }));
  const byTensor = new Map(layers.map((layer) => [layer.tensor, layer]));
  const isTrained = (name: string) => isSaved(config, moduleName(name), byTensor);
  const saved = new Map(
    tensors.all.flatMap(({ name }): [string, string][] =>
      isTrained(name) ? [[name, moduleName(name)]] : [],
    ),
  );
  return {
    config: { ...config, fanInFanOut: layers.some(({ isTransposed }) => isTransposed) },
    layers,
    saved,
    parameters: layers.flatMap((layer) => {
      const { rank, inFeatures, outFeatures } = layer;
      const { a, b } = factorNames(layer);
      return [
        { name: a, shape: [rank, inFeatures], size: rank * inFeatures },
        { name: b, shape: [outFeatures, rank], size: outFeatures * rank },
      ];
    }),
    isTrained,
    initialize: (parameters) => {
      for (const layer of layers) {
        const { a, b } = factorNames(layer);
        const factors = modules.get(layer.tensor)!.factors(layer);
        checkFactors(layer, factors);
        parameters.get(a).values.set(factors.a.data);
        parameters.get(b).values.set(factors.b.data);
      }
    },
    sources: (index, parameters) => sourcesOf(index, rows, probed, byTensor, parameters),
  };
}

/** The layers to adapt, and how. */
interface Targets {
  readonly config: LoraConfig;
  readonly modules: ReadonlyMap<CodedTensor, Target>;
  readonly moduleName: (name: string) => string;
}

type Factors = Pick<LowRankFactors, 'a' | 'b'>;

interface Target {
  readonly module: string;
  readonly rank: number;
  readonly scale: number;
  readonly factors: (layer: AdaptedLayer) => Factors;
}

function newTargets(options: LoraOptions, tensors: CodedTensors, probed: readonly ProbedWeights[]): Targets {
  const { seed = randomSeed(), moduleName = (name) => name, ...config } = options;
  checkLoraConfig('LoRA', config);
  const isEveryLinear = config.targetModules === ALL_LINEAR;
  const tables = new Set(
    probed.flatMap((weights) => (weights.inFeatures === undefined ? [...tensors.of(weights)] : [])),
  );
  const modules = new Map<CodedTensor, Target>();
  for (const tensor of tensors.all) {
    const module = moduleName(tensor.name).replace(/\.weight$/, '');
    if (!tensor.name.endsWith('.weight') || !isTarget(config, module)) continue;
    // Norms and embeddings are no linear layers.
    if (isEveryLinear && (tensor.shape.length !== 2 || tables.has(tensor))) continue;
    const stream = modules.size;
    modules.set(tensor, {
      module,
      rank: rankOf(config, module),
      scale: scaleOf(config, module),
      factors: (layer) => initialFactors(layer, config, new Random(seed, stream)),
    });
  }
  if (modules.size === 0) {
    throw new ConfigError(
      `LoRA: no layer of the model matches targetModules ${JSON.stringify(config.targetModules)}`,
    );
  }
  for (const module of config.modulesToSave ?? []) {
    if (tensors.all.some(({ name }) => isWithin(module, moduleName(name)))) continue;
    throw new ConfigError(`LoRA: no layer of the model matches ${JSON.stringify(module)} of modulesToSave`);
  }
  return { config, modules, moduleName };
}

function adapterTargets(adapter: LoraAdapter, tensors: CodedTensors, checkpoint: Checkpoint): Targets {
  const nameOf = namesInCheckpoint(adapter, new Set(checkpoint.names));
  const byName = new Map(tensors.all.map((tensor) => [tensor.name, tensor]));
  const modules = new Map<CodedTensor, Target>();
  const moduleNames = new Map<string, string>();
  for (const [module, { a, b, scale, isEmbedding }] of adapter.layers) {
    const name = nameOf(`${module}.weight`);
    const tensor = byName.get(name);
    if (!tensor || isEmbedding) {
      throw new ConfigError(`LoRA: the model has no linear layer ${module}, which the adapter has`);
    }
    const rank = a.shape[0]!;
    modules.set(tensor, { module, rank, scale, factors: () => ({ a, b }) });
  }
  for (const name of adapter.replaced.keys()) moduleNames.set(nameOf(name), name);
  return { config: adapter.config, modules, moduleName: (name) => moduleNames.get(name) ?? name };
}

function isSaved(
  { modulesToSave = [], bias = 'none' }: LoraConfig,
  name: string,
  layers: ReadonlyMap<CodedTensor, AdaptedLayer>,
): boolean {
  if (modulesToSave.some((module) => isWithin(module, name))) return true;
  if (bias === 'none' || !name.endsWith('.bias')) return false;
  const layer = name.slice(0, -'.bias'.length);
  return bias === 'all' || [...layers.values()].some(({ module }) => module === layer);
}

function checkFactors({ module, rank, inFeatures, outFeatures }: AdaptedLayer, { a, b }: Factors): void {
  if (a.shape[1] === inFeatures && b.shape[0] === outFeatures) return;
  throw new ConfigError(
    `LoRA: ${module} needs A [${rank}, ${inFeatures}] and B [${outFeatures}, ${rank}], the adapter has [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
  );
}

function sourcesOf(
  index: number,
  rows: PackedRows,
  probed: readonly ProbedWeights[],
  layers: ReadonlyMap<CodedTensor, AdaptedLayer>,
  parameters: ParameterSet,
): readonly LowRankSource[] {
  const packed = rows.get(index);
  if (!packed) return [];
  const { inFeatures = 0 } = probed[index]!;
  const offsets = new Map<CodedTensor, FactorOffsets>(
    [...layers].map(([tensor, layer]) => {
      const { a, b } = factorNames(layer);
      return [tensor, { a: parameters.offsetOf(a), b: parameters.offsetOf(b) }];
    }),
  );
  return lowRankRuns(packed, inFeatures, layers, offsets).map(({ rank, scale, down, up }) => ({
    rank,
    scale,
    down: new WeightSource(parameters, down, rank * inFeatures),
    up: new WeightSource(parameters, up, packed.length * rank),
  }));
}

/** A and B before training, as PEFT's `reset_lora_parameters`. */
function initialFactors(
  { rank, inFeatures, outFeatures }: AdaptedLayer,
  { initLoraWeights = true }: LoraConfig,
  random: Random,
): Factors {
  const uniform = (count: number, fanIn: number) => {
    const bound = 1 / Math.sqrt(fanIn);
    return Float32Array.from({ length: count }, () => (2 * random.next() - 1) * bound);
  };
  const normal = (count: number) =>
    Float32Array.from({ length: count }, () => {
      // Box and Muller 1958.
      const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
      return (radius * Math.cos(2 * Math.PI * random.next())) / rank;
    });
  const size = outFeatures * rank;
  return {
    a: {
      shape: [rank, inFeatures],
      data:
        initLoraWeights === 'gaussian' ? normal(rank * inFeatures) : uniform(rank * inFeatures, inFeatures),
    },
    b: {
      shape: [outFeatures, rank],
      data: initLoraWeights === false ? uniform(size, rank) : new Float32Array(size),
    },
  };
}
