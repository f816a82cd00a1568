import { activationCodes } from '@headwise/kernel';
import type { ActivationName, LinearWeights, Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkSizes } from '../torch/float-array.ts';
import { linearSpecs, type WeightSpecs } from '../torch/init.ts';
import { UnaryLayer } from '../torch/layer.ts';
import { overRows } from './linear.ts';

/** Options of {@link FeedForward}. */
export interface FeedForwardLayerOptions {
  /** Default `relu`, of a gated network `silu`. */
  readonly activation?: ActivationName;
  /** Whether a second projection is multiplied in: SwiGLU with `silu`. Default false. */
  readonly gated?: boolean;
  /** Whether the layers have biases. Default true, of a gated network false. */
  readonly bias?: boolean;
}

const OPTIONS = {
  activation: Object.keys(activationCodes),
  gated: 'boolean',
  bias: 'boolean',
} satisfies OptionNames<FeedForwardLayerOptions>;

/**
 * The position-wise feed-forward network (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.3): linear2(activation(linear1(x))), with the
 * names of PyTorch's `nn.TransformerEncoderLayer`; or gated (Shazeer 2020, https://arxiv.org/abs/2002.05202):
 * down_proj(activation(gate_proj(x)) · up_proj(x)), with Llama's names. Without the residual connection. `[…, dModel]` → the same.
 */
export class FeedForward extends UnaryLayer {
  readonly #sizes: { readonly dModel: number; readonly dimFeedforward: number };
  readonly #options: Required<FeedForwardLayerOptions>;
  #up: LinearWeights | undefined;
  #down: LinearWeights | undefined;

  constructor(dModel: number, dimFeedforward: number, options: FeedForwardLayerOptions = {}) {
    super('FeedForward');
    checkSizes('FeedForward', { dModel, dimFeedforward });
    checkOptions('FeedForward', options, OPTIONS);
    const { gated = false, activation = gated ? 'silu' : 'relu', bias = !gated } = options;
    this.#sizes = { dModel, dimFeedforward };
    this.#options = { gated, activation, bias };
  }

  protected override weightSpecs(): WeightSpecs {
    const { dModel, dimFeedforward } = this.#sizes;
    const { up, down } = this.#names();
    return Object.assign(
      {},
      ...up.map((name) => linearSpecs(`${name}.`, [dimFeedforward, dModel], this.#options.bias)),
      linearSpecs(`${down}.`, [dModel, dimFeedforward], this.#options.bias),
    );
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { dModel, dimFeedforward } = this.#sizes;
    const { up, down } = this.#names();
    const bias = this.#options.bias ? 'own' : 'none';
    const parts = up.map((layer) => ({ layer, outFeatures: dimFeedforward, bias }) as const);
    this.#up = await loader.linear({ parts, inFeatures: dModel });
    this.#down = await loader.linear({
      parts: [{ layer: down, outFeatures: dModel, bias }],
      inFeatures: dimFeedforward,
    });
  }

  protected compute(x: Tensor): Tensor {
    const { backend } = this;
    const { activation, gated } = this.#options;
    return overRows(backend, 'FeedForward', x, this.#sizes.dModel, (rows) => {
      const hidden = gated
        ? backend.gate(backend.linear(rows, this.#up!), activation)
        : backend.linear(rows, this.#up!, { activation });
      return backend.linear(hidden, this.#down!);
    });
  }

  #names(): { readonly up: readonly string[]; readonly down: string } {
    return this.#options.gated
      ? { up: ['gate_proj', 'up_proj'], down: 'down_proj' }
      : { up: ['linear1'], down: 'linear2' };
  }
}
