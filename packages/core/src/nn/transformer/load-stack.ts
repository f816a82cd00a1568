import type { Backend } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { LayerNorm } from '../modules/norm.ts';
import { Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import {
  checkLayers,
  layerOptions,
  type TransformerLayerOptions,
  type TransformerStackOptions,
} from './options.ts';
import type { Stack } from './stacks.ts';

type Options = Required<TransformerLayerOptions>;

/** Loads the block under `prefix`. `name` prefixes the names of its activations. */
type LoadBlock<Block> = (
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
) => Promise<Block>;

/** A stack of blocks and its options. */
export interface StackParts<Block> {
  /** For error messages. */
  readonly layer: string;
  readonly loader: WeightLoader;
  readonly options: Options;
  readonly stack: Stack<Block>;
}

/** A stack of blocks as a `Layer`. */
export abstract class StackLayer<Block> extends Layer {
  protected readonly parts: StackParts<Block>;

  protected constructor(parts: StackParts<Block>) {
    super(parts.loader);
    this.parts = parts;
  }
}

/** Where to load a stack from. */
interface Source<Block> {
  readonly layer: string;
  readonly backend: Backend;
  readonly stateDict: StateDict;
  readonly loadBlock: LoadBlock<Block>;
}

/** A single block, whose tensors have no prefix. */
export function loadSingle<Block, L>(
  { layer, backend, stateDict, loadBlock }: Source<Block>,
  given: TransformerLayerOptions,
  make: (parts: StackParts<Block>) => L,
): Promise<L> {
  const options = layerOptions(layer, given);
  return loadLayer(layer, backend, stateDict, async (loader) => {
    const blocks = [await loadBlock(loader, '', 'block', options)];
    return make({ layer, loader, options, stack: { blocks, norm: undefined, output: 'output' } });
  });
}

/** Loads blocks under `layers.N.`, and `norm` after the last one if the option is set. */
export function loadStacked<Block, L>(
  { layer, backend, stateDict, loadBlock }: Source<Block>,
  given: TransformerStackOptions,
  make: (parts: StackParts<Block>) => L,
): Promise<L> {
  const options = layerOptions(layer, given);
  const { numLayers = 6, norm = false } = given;
  checkLayers(layer, numLayers);
  return loadLayer(layer, backend, stateDict, async (loader) => {
    const stack = await loadStack(loadBlock, loader, '', options, numLayers, norm);
    return make({ layer, loader, options, stack });
  });
}

/** Loads blocks under `<prefix>layers.N.`; their activations are `<prefix>blocks.N.…`. */
export async function loadStack<Block>(
  loadBlock: LoadBlock<Block>,
  loader: WeightLoader,
  prefix: string,
  options: Options,
  numLayers: number,
  norm: boolean,
): Promise<Stack<Block>> {
  const blocks: Block[] = [];
  for (let i = 0; i < numLayers; i++) {
    blocks.push(await loadBlock(loader, `${prefix}layers.${i}.`, `${prefix}blocks.${i}`, options));
  }
  const { dModel, layerNormEps } = options;
  const finalNorm = norm ? await LayerNorm.load(loader, `${prefix}norm`, dModel, layerNormEps) : undefined;
  return { blocks, norm: finalNorm, output: `${prefix}output` };
}
