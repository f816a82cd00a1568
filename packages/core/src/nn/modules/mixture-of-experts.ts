import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Steps } from '../run/forward.ts';
import { addToResidual, type ForwardContext, observe, sumOverShards } from '../run/forward.ts';
import { shardRange } from '../run/shard.ts';
import type { FeedForwardLayer, FeedForwardNames, FeedForwardOptions } from './feed-forward.ts';

/** Sizes and names of a {@link MixtureOfExperts}. */
export interface MixtureOfExpertsOptions extends Pick<FeedForwardOptions, 'hiddenSize' | 'activation'> {
  /** The router's layer `[experts, hiddenSize]`, without bias. */
  readonly router: string;
  readonly experts: number;
  /** Experts of each token. */
  readonly expertsPerToken: number;
  /** Hidden units of an expert. */
  readonly intermediateSize: number;
  /** Whether the probabilities of a token's experts are divided by their sum. */
  readonly normalized: boolean;
  expertNames(expert: number): FeedForwardNames;
  /** An expert of all tokens, times the sigmoid of a layer `[1, hiddenSize]` without bias (Qwen2-MoE). */
  readonly shared?: {
    readonly intermediateSize: number;
    readonly names: FeedForwardNames;
    readonly gate: string;
  };
}

/** The two matrices of an expert. */
interface Expert {
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/**
 * A mixture of gated feed-forward networks (Shazeer et al. 2017, https://arxiv.org/abs/1701.06538; Mixtral: Jiang et al. 2024,
 * https://arxiv.org/abs/2401.04088): each token's output is the sum of its most probable experts', times their probabilities. Each shard has a
 * range of the hidden units of all experts and the whole router. Among equal probabilities the first experts are taken.
 *
 * Activations: `<name>.router`, the probabilities `[tokens, experts]`, and `<name>.output`.
 */
export class MixtureOfExperts implements FeedForwardLayer {
  readonly #name: string;
  readonly #options: MixtureOfExpertsOptions;
  readonly #router: LinearWeights;
  /** Absent in a shard without units. */
  readonly #experts: readonly Expert[] | undefined;
  readonly #shared: { readonly expert: Expert | undefined; readonly gate: LinearWeights } | undefined;

  private constructor(
    name: string,
    options: MixtureOfExpertsOptions,
    router: LinearWeights,
    experts: readonly Expert[] | undefined,
    shared: { readonly expert: Expert | undefined; readonly gate: LinearWeights } | undefined,
  ) {
    this.#name = name;
    this.#options = options;
    this.#router = router;
    this.#experts = experts;
    this.#shared = shared;
  }

  static async load(
    loader: WeightLoader,
    name: string,
    options: MixtureOfExpertsOptions,
  ): Promise<MixtureOfExperts> {
    const { hiddenSize, shared } = options;
    const experts: Expert[] = [];
    for (let expert = 0; expert < options.experts; expert++) {
      const loaded = await loadExpert(
        loader,
        options.expertNames(expert),
        hiddenSize,
        options.intermediateSize,
      );
      if (loaded) experts.push(loaded);
    }
    const layer = (tensor: string, outFeatures: number) =>
      loader.linearOf(`${tensor}.weight`, undefined, hiddenSize, outFeatures);
    return new MixtureOfExperts(
      name,
      options,
      await layer(options.router, options.experts),
      experts.length > 0 ? experts : undefined,
      shared && {
        expert: await loadExpert(loader, shared.names, hiddenSize, shared.intermediateSize),
        gate: await layer(shared.gate, 1),
      },
    );
  }

  *forward(ctx: ForwardContext, x: Tensor, residual: Tensor | undefined): Steps<Tensor> {
    const { backend } = ctx;
    const probabilities = yield* observe(
      ctx,
      `${this.#name}.router`,
      backend.softmax(backend.linear(x, this.#router)),
    );
    const routed = this.#experts && this.#mix(ctx, x, probabilities, this.#experts);
    const shared = this.#shared?.expert && this.#sharedExpert(ctx, x, this.#shared.expert, this.#shared.gate);
    const sum = routed && shared ? backend.add(routed, shared) : (routed ?? shared);
    const project = (added: Tensor | undefined): Tensor => {
      if (!sum) return added ?? backend.zeros(x.shape);
      return added ? backend.add(sum, added) : sum;
    };
    const name = `${this.#name}.output`;
    if (residual) return yield* addToResidual(ctx, name, residual, project);
    return yield* observe(ctx, name, yield* sumOverShards(ctx, project(undefined)));
  }

  /** The experts' outputs for their tokens, one after another, and their sum for each token by its weights. */
  #mix(ctx: ForwardContext, x: Tensor, probabilities: Tensor, experts: readonly Expert[]): Tensor {
    const { backend } = ctx;
    const [tokens = 0] = x.shape;
    const chosen = chooseExperts(backend.read(probabilities), this.#options);
    const outputs: Tensor[] = [];
    const rows = chosen.reduce((sum, list) => sum + list.length, 0);
    const weights = new Float32Array(tokens * rows);
    let at = 0;
    for (const [index, list] of chosen.entries()) {
      if (list.length === 0) continue;
      const inputs = backend.embedding(
        x,
        Int32Array.from(list, ({ token }) => token),
      );
      outputs.push(this.#apply(ctx, inputs, experts[index]!));
      for (const { token, weight } of list) weights[token * rows + at++] = weight;
    }
    if (outputs.length === 0) return backend.zeros(x.shape);
    // weights[tokens, rows] · outputs[rows, hiddenSize]
    const context = backend.zeros(x.shape);
    const ends = (count: number) => Int32Array.of(0, count);
    const options = { heads: 1, queryOffsets: ends(tokens), keyOffsets: ends(rows) };
    const all = outputs.length === 1 ? outputs[0]! : backend.concat(outputs, 0);
    backend.attentionContext(backend.tensor(weights, [1, 1, tokens, rows]), all, options, [0], context);
    return context;
  }

  #sharedExpert(ctx: ForwardContext, x: Tensor, expert: Expert, gate: LinearWeights): Tensor {
    const { backend } = ctx;
    const [tokens = 0] = x.shape;
    const factors = backend.read(backend.linear(x, gate, { activation: 'sigmoid' }));
    const output = this.#apply(ctx, x, expert);
    // Each row times its factor: one row of a sequence of its own.
    const scaled = backend.zeros(x.shape);
    const offsets = Int32Array.from({ length: tokens + 1 }, (_, i) => i);
    const weights = backend.tensor(factors, [tokens, 1, 1, 1]);
    backend.attentionContext(weights, output, { heads: 1, queryOffsets: offsets }, [0], scaled);
    return scaled;
  }

  #apply({ backend }: ForwardContext, x: Tensor, { up, down }: Expert): Tensor {
    return backend.linear(backend.gate(backend.linear(x, up), this.#options.activation), down);
  }
}

async function loadExpert(
  loader: WeightLoader,
  names: FeedForwardNames,
  hiddenSize: number,
  intermediateSize: number,
): Promise<Expert | undefined> {
  const range = shardRange(intermediateSize, loader.shard);
  const upLayers = [names.gate!, names.up];
  if (range.from === range.to) {
    loader.skip([...upLayers, names.down]);
    return undefined;
  }
  const part = { outFeatures: intermediateSize, rows: range, bias: 'none' } as const;
  return {
    up: await loader.linear({
      parts: upLayers.map((layer) => ({ layer, ...part })),
      inFeatures: hiddenSize,
    }),
    down: await loader.linear({
      parts: [{ layer: names.down, outFeatures: hiddenSize, bias: 'none' }],
      inFeatures: intermediateSize,
      columns: range,
    }),
  };
}

/** For each expert its tokens, and their weights. `probabilities` `[tokens, experts]`. */
function chooseExperts(
  probabilities: Float32Array,
  { experts, expertsPerToken, normalized }: MixtureOfExpertsOptions,
): readonly { token: number; weight: number }[][] {
  const chosen: { token: number; weight: number }[][] = Array.from({ length: experts }, () => []);
  const order = Array.from({ length: experts }, (_, expert) => expert);
  for (let token = 0; token * experts < probabilities.length; token++) {
    const of = (expert: number) => probabilities[token * experts + expert]!;
    const best = order.toSorted((a, b) => of(b) - of(a) || a - b).slice(0, expertsPerToken);
    const sum = normalized ? best.reduce((total, expert) => total + of(expert), 0) : 1;
    for (const expert of best) chosen[expert]!.push({ token, weight: of(expert) / sum });
  }
  return chosen;
}
