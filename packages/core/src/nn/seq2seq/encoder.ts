import type { LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { Embedding } from '../modules/embedding.ts';
import { type CellState, statesOf } from '../recurrent/cell.ts';
import {
  RecurrentStack,
  type RecurrentStackOptions,
  type StackState,
  stackSpecs,
} from '../recurrent/recurrent-stack.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { embeddingSpecs, linearSpecs, prefixed, type WeightSpecs } from '../torch/init.ts';
import type { Seq2SeqSizes } from './options.ts';

/** The result of the encoder. */
export interface Encoded {
  /** h_1 … h_n of every sequence: `[tokens, directions · hiddenSize]`. */
  readonly states: Tensor;
  /** The decoder's initial states. */
  readonly initial: StackState;
}

/** The layers from both directions' final states to the decoder's initial ones. */
const BRIDGES = ['bridge.hidden', 'bridge.cell'];

function encoderStack(sizes: Seq2SeqSizes): RecurrentStackOptions {
  const { kind, embeddingDim, hiddenSize, numLayers, bidirectional } = sizes;
  return { kind, inputSize: embeddingDim, hiddenSize, numLayers, bias: true, bidirectional };
}

/** The recurrent encoder of a `Seq2Seq`. */
export class SequenceEncoder {
  readonly #embedding: Embedding;
  readonly #stack: RecurrentStack;
  /** If bidirectional: for each tensor of a state, the layer from both directions' final states to the decoder's initial state. */
  readonly #bridges: readonly LinearWeights[];

  private constructor(embedding: Embedding, stack: RecurrentStack, bridges: readonly LinearWeights[]) {
    this.#embedding = embedding;
    this.#stack = stack;
    this.#bridges = bridges;
  }

  /** The weights, with the initial values of PyTorch's layers. */
  static specs(sizes: Seq2SeqSizes): WeightSpecs {
    const { kind, sourceVocabSize, embeddingDim, hiddenSize, bidirectional } = sizes;
    const bridges = bidirectional ? BRIDGES.slice(0, statesOf(kind)) : [];
    return Object.assign(
      embeddingSpecs('encoder.embedding.', sourceVocabSize, embeddingDim),
      prefixed('encoder.rnn.', stackSpecs(encoderStack(sizes))),
      ...bridges.map((name) => linearSpecs(`${name}.`, [hiddenSize, 2 * hiddenSize])),
    );
  }

  static async load(loader: WeightLoader, sizes: Seq2SeqSizes): Promise<SequenceEncoder> {
    const { kind, sourceVocabSize, embeddingDim, hiddenSize, bidirectional } = sizes;
    const table = 'encoder.embedding.weight';
    const embedding = await Embedding.load(loader, table, sourceVocabSize, embeddingDim);
    const stack = await RecurrentStack.load(loader, 'encoder.rnn.', 'encoder.', encoderStack(sizes));
    const bridges: LinearWeights[] = [];
    for (const name of bidirectional ? BRIDGES.slice(0, statesOf(kind)) : []) {
      const parts = [{ layer: name, outFeatures: hiddenSize }];
      bridges.push(await loader.linear({ parts, inFeatures: 2 * hiddenSize }));
    }
    return new SequenceEncoder(embedding, stack, bridges);
  }

  /** `ids[tokens]` of sequences at `offsets`. */
  *forward(ctx: ForwardContext, ids: Int32Array, offsets: Offsets): Steps<Encoded> {
    const { backend } = ctx;
    const zeros = this.#stack.zeroState(backend, offsets.length - 1);
    const x = this.#embedding.partial(ctx, ids);
    const { output, final } = yield* this.#stack.forward(ctx, x, offsets, zeros);
    const states = yield* observe(ctx, 'encoder.output', output);
    return { states, initial: this.#bridges.length > 0 ? this.#bridge(ctx, final) : final };
  }

  /** tanh(W [forward; backward]) for each layer: as Bahdanau et al. 2015, A.2.2, but of both directions' final states. */
  #bridge({ backend }: ForwardContext, final: StackState): StackState {
    const layers: CellState[] = [];
    for (let layer = 0; layer < final.length; layer += 2) {
      layers.push(
        this.#bridges.map((bridge, i) => {
          const both = backend.concat([final[layer]![i]!, final[layer + 1]![i]!], 1);
          return backend.linear(both, bridge, { activation: 'tanh' });
        }),
      );
    }
    return layers;
  }
}
