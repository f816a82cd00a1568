import type { WeightLoader } from '../load/weight-loader.ts';
import { LayerNorm } from '../modules/norm.ts';
import { normSpecs, prefixed, type WeightSpecs } from '../torch/init.ts';
import { Layer } from '../torch/layer.ts';
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

/** A kind of block. */
export interface BlockKind<Block> {
  readonly load: LoadBlock<Block>;
  /** Its weights. */
  readonly specs: (options: Options) => WeightSpecs;
}

/** A stack of blocks as a `Layer`. */
export abstract class StackLayer<Block> extends Layer {
  /** For error messages. */
  protected readonly layer: string;
  protected readonly options: Options;
  protected stack: Stack<Block> | undefined;
  readonly #kind: BlockKind<Block>;
  /** Undefined: a single block, whose tensors have no prefix. */
  readonly #numLayers: number | undefined;
  readonly #norm: boolean;

  /** @param given of a stack with `numLayers` and `norm`, or of a single block */
  constructor(
    layer: string,
    kind: BlockKind<Block>,
    given: TransformerLayerOptions,
    stack?: Pick<TransformerStackOptions, 'numLayers' | 'norm'>,
  ) {
    super(layer);
    this.layer = layer;
    this.options = layerOptions(layer, given, stack && { numLayers: 'count', norm: 'boolean' });
    this.#kind = kind;
    this.#numLayers = stack && (stack.numLayers ?? 6);
    this.#norm = stack?.norm ?? false;
    if (this.#numLayers !== undefined) checkLayers(layer, this.#numLayers);
  }

  protected override weightSpecs(): WeightSpecs {
    if (this.#numLayers === undefined) return this.#kind.specs(this.options);
    return stackSpecs(this.#kind, this.options, this.#numLayers, this.#norm);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { options } = this;
    if (this.#numLayers !== undefined) {
      this.stack = await loadStack(this.#kind, loader, '', options, this.#numLayers, this.#norm);
      return;
    }
    const blocks = [await this.#kind.load(loader, '', 'block', options)];
    this.stack = { blocks, norm: undefined, output: 'output' };
  }
}

/** The weights of blocks under `layers.N.`, and with `norm` of the norm after the last one. */
export function stackSpecs<Block>(
  { specs }: BlockKind<Block>,
  options: Options,
  numLayers: number,
  norm: boolean,
): WeightSpecs {
  const layers = Array.from({ length: numLayers }, (_, i) => prefixed(`layers.${i}.`, specs(options)));
  return Object.assign({}, ...layers, norm && normSpecs('norm.', options.dModel));
}

/** Loads blocks under `<prefix>layers.N.`; their activations are `<prefix>blocks.N.…`. */
export async function loadStack<Block>(
  { load }: BlockKind<Block>,
  loader: WeightLoader,
  prefix: string,
  options: Options,
  numLayers: number,
  norm: boolean,
): Promise<Stack<Block>> {
  const blocks: Block[] = [];
  for (let i = 0; i < numLayers; i++) {
    blocks.push(await load(loader, `${prefix}layers.${i}.`, `${prefix}blocks.${i}`, options));
  }
  const { dModel, layerNormEps } = options;
  const finalNorm = norm ? await LayerNorm.load(loader, `${prefix}norm`, dModel, layerNormEps) : undefined;
  return { blocks, norm: finalNorm, output: `${prefix}output` };
}
