import type { Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import { loadScore, type ScoreSizes, scoreSpecs } from '../attention/scores/load-score.ts';
import type { AttentionScore } from '../attention/scores/score.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { Embedding } from '../modules/embedding.ts';
import { gatesOf } from '../recurrent/cell.ts';
import {
  RecurrentStack,
  type RecurrentStackOptions,
  type StackState,
  stackSpecs,
} from '../recurrent/recurrent-stack.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { evenOffsets } from '../torch/float-array.ts';
import { embeddingSpecs, linearSpecs, prefixed, type WeightSpecs } from '../torch/init.ts';
import type { Seq2SeqSizes } from './options.ts';

/** The encoder's states `[tokens, keyDim]`, for attention. */
export interface DecoderMemory {
  readonly states: Tensor;
  readonly offsets: Offsets;
  /** `AttentionScore.prepare` of the states; undefined without attention. */
  readonly keys: Tensor | undefined;
}

/** The weights of a {@link SequenceDecoder}. */
interface DecoderWeights {
  readonly embedding: Embedding;
  /** With attention, its first layer has the input features of the embeddings; those of the context are in `attention`. */
  readonly stack: RecurrentStack;
  readonly attention: { readonly score: AttentionScore; readonly context: LinearWeights } | undefined;
  readonly out: LinearWeights;
}

/** The recurrent decoder of a `Seq2Seq`. */
export class SequenceDecoder {
  readonly #weights: DecoderWeights;

  private constructor(weights: DecoderWeights) {
    this.#weights = weights;
  }

  /** The weights, with the initial values of PyTorch's layers. */
  static specs(sizes: Seq2SeqSizes): WeightSpecs {
    const { targetVocabSize, embeddingDim, hiddenSize, attention } = sizes;
    return {
      ...embeddingSpecs('decoder.embedding.', targetVocabSize, embeddingDim),
      ...prefixed('decoder.rnn.', stackSpecs(decoderStack(sizes))),
      ...(attention && prefixed('decoder.attention.', scoreSpecs(attention, scoreSizes(sizes)))),
      ...linearSpecs('decoder.out.', [targetVocabSize, hiddenSize]),
    };
  }

  static async load(loader: WeightLoader, sizes: Seq2SeqSizes): Promise<SequenceDecoder> {
    const { kind, targetVocabSize, embeddingDim, hiddenSize, attention } = sizes;
    const table = 'decoder.embedding.weight';
    const embedding = await Embedding.load(loader, table, targetVocabSize, embeddingDim);
    const options = decoderStack(sizes);
    const stack = await RecurrentStack.load(loader, 'decoder.rnn.', 'decoder.', {
      ...options,
      ...(attention && { inputColumns: embeddingDim }),
    });
    const score = attention && (await loadScore(loader, 'decoder.attention.', attention, scoreSizes(sizes)));
    const input = {
      parts: [
        { layer: { weight: 'decoder.rnn.weight_ih_l0' }, outFeatures: gatesOf(kind) * hiddenSize } as const,
      ],
      inFeatures: options.inputSize,
      columns: { from: embeddingDim, to: options.inputSize },
    };
    const output = {
      parts: [{ layer: 'decoder.out', outFeatures: targetVocabSize }],
      inFeatures: hiddenSize,
    };
    return new SequenceDecoder({
      embedding,
      stack,
      attention: score && { score, context: await loader.linear(input) },
      out: await loader.linear(output),
    });
  }

  /** Prepares the encoder's states for the attention of all steps. */
  memory(backend: Backend, states: Tensor, offsets: Offsets): DecoderMemory {
    return { states, offsets, keys: this.#weights.attention?.score.prepare(backend, states) };
  }

  /** The part of the first layer's input projections that depends on tokens: `[tokens, gates · hiddenSize]`. */
  inputs(ctx: ForwardContext, tokens: Int32Array): Tensor {
    const { embedding, stack } = this.#weights;
    return stack.gates(ctx.backend, embedding.partial(ctx, tokens));
  }

  /** Step `index` = i: from the {@link inputs} of the tokens y_{i−1} `[batch]` and the states s_{i−1}, the states s_i. */
  *step(
    ctx: ForwardContext,
    index: number,
    inputs: Tensor,
    state: StackState,
    memory: DecoderMemory,
  ): Steps<StackState> {
    const { backend } = ctx;
    const { stack, attention } = this.#weights;
    const name = `decoder.steps.${index}`;
    let gates = inputs;
    if (attention) {
      const context = yield* this.#attend(ctx, `${name}.attention`, attention.score, topOf(state), memory);
      gates = backend.linear(context, attention.context, { residual: inputs });
    }
    const next = stack.step(backend, gates, state);
    return withTop(next, yield* observe(ctx, `${name}.state`, topOf(next)));
  }

  /** Hidden states of the last layer `[rows, hiddenSize]` → logits `[rows, targetVocabSize]`. */
  logits(backend: Backend, top: Tensor): Tensor {
    return backend.linear(top, this.#weights.out);
  }

  /**
   * All steps of a decoder without attention, whose inputs are known: the tokens of sequences at `offsets` → the last layer's hidden states
   * `[tokens, hiddenSize]`.
   */
  *allSteps(ctx: ForwardContext, tokens: Int32Array, offsets: Offsets, state: StackState): Steps<Tensor> {
    const { embedding, stack } = this.#weights;
    return (yield* stack.forward(ctx, embedding.partial(ctx, tokens), offsets, state)).output;
  }

  /** c_i = Σ_j a_ij h_j with a_i = softmax_j(a(s_{i−1}, h_j)). */
  *#attend(
    ctx: ForwardContext,
    name: string,
    score: AttentionScore,
    query: Tensor,
    { states, offsets, keys }: DecoderMemory,
  ): Steps<Tensor> {
    const queryOffsets = evenOffsets(offsets.length - 1, 1);
    return yield* score.attend(ctx, name, query, keys!, states, { queryOffsets, keyOffsets: offsets });
  }
}

/** The last layer's hidden state. */
export function topOf(state: StackState): Tensor {
  return state.at(-1)![0]!;
}

function withTop(state: StackState, top: Tensor): StackState {
  const [, ...rest] = state.at(-1)!;
  return [...state.slice(0, -1), [top, ...rest]];
}

/** Features of the encoder's states. */
function keyDimOf({ hiddenSize, bidirectional }: Seq2SeqSizes): number {
  return hiddenSize * (bidirectional ? 2 : 1);
}

function decoderStack(sizes: Seq2SeqSizes): RecurrentStackOptions {
  const { kind, embeddingDim, hiddenSize, numLayers, attention } = sizes;
  const inputSize = embeddingDim + (attention ? keyDimOf(sizes) : 0);
  return { kind, inputSize, hiddenSize, numLayers, bias: true, bidirectional: false };
}

function scoreSizes(sizes: Seq2SeqSizes): ScoreSizes {
  const { hiddenSize, attention } = sizes;
  return {
    queryDim: hiddenSize,
    keyDim: keyDimOf(sizes),
    hiddenDim: hiddenSize,
    // Luong's general has no bias.
    bias: attention !== 'general',
  };
}
