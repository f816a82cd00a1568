import type { Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import { loadScore } from '../attention/scores/load-score.ts';
import type { AttentionScore } from '../attention/scores/score.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { Embedding } from '../modules/embedding.ts';
import { RecurrentStack, type StackState } from '../recurrent/recurrent-stack.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { evenOffsets } from '../torch/float-array.ts';
import type { Seq2SeqSizes } from './options.ts';

/** The encoder's states `[tokens, keyDim]`, for attention. */
export interface DecoderMemory {
  readonly states: Tensor;
  readonly offsets: Offsets;
  /** `AttentionScore.prepare` of the states; undefined without attention. */
  readonly keys: Tensor | undefined;
}

/** The recurrent decoder of a `Seq2Seq`. */
export class SequenceDecoder {
  readonly #embedding: Embedding;
  readonly #stack: RecurrentStack;
  readonly #score: AttentionScore | undefined;
  readonly #out: LinearWeights;

  private constructor(
    embedding: Embedding,
    stack: RecurrentStack,
    score: AttentionScore | undefined,
    out: LinearWeights,
  ) {
    this.#embedding = embedding;
    this.#stack = stack;
    this.#score = score;
    this.#out = out;
  }

  static async load(loader: WeightLoader, sizes: Seq2SeqSizes): Promise<SequenceDecoder> {
    const { kind, targetVocabSize, embeddingDim, hiddenSize, numLayers, bidirectional, attention } = sizes;
    const table = 'decoder.embedding.weight';
    const embedding = await Embedding.load(loader, table, targetVocabSize, embeddingDim);
    const keyDim = hiddenSize * (bidirectional ? 2 : 1);
    const inputSize = embeddingDim + (attention ? keyDim : 0);
    const stack = await RecurrentStack.load(loader, 'decoder.rnn.', 'decoder.', {
      kind,
      inputSize,
      hiddenSize,
      numLayers,
      bias: true,
      bidirectional: false,
    });
    const score =
      attention &&
      (await loadScore(loader, 'decoder.attention.', attention, {
        queryDim: hiddenSize,
        keyDim,
        hiddenDim: hiddenSize,
        // Luong's general has no bias.
        bias: attention !== 'general',
      }));
    const output = {
      parts: [{ layer: 'decoder.out', outFeatures: targetVocabSize }],
      inFeatures: hiddenSize,
    };
    return new SequenceDecoder(embedding, stack, score, await loader.linear(output));
  }

  /** Prepares the encoder's states for the attention of all steps. */
  memory(backend: Backend, states: Tensor, offsets: Offsets): DecoderMemory {
    return { states, offsets, keys: this.#score?.prepare(backend, states) };
  }

  /**
   * Step `index` = i: from the tokens y_{i−1} `[batch]` and the states s_{i−1}, the logits `[batch, targetVocabSize]` and the states s_i.
   */
  *step(
    ctx: ForwardContext,
    index: number,
    tokens: Int32Array,
    state: StackState,
    memory: DecoderMemory,
  ): Steps<{ logits: Tensor; state: StackState }> {
    const { backend } = ctx;
    const name = `decoder.steps.${index}`;
    const embedded = this.#embedding.partial(ctx, tokens);
    const context = yield* this.#attend(ctx, `${name}.attention`, topOf(state), memory);
    const x = context ? backend.concat([embedded, context], 1) : embedded;
    const next = this.#stack.step(backend, x, state);
    const top = yield* observe(ctx, `${name}.state`, topOf(next));
    const logits = yield* observe(ctx, `${name}.logits`, backend.linear(top, this.#out));
    return { logits, state: withTop(next, top) };
  }

  /** c_i = Σ_j a_ij h_j with a_i = softmax_j(a(s_{i−1}, h_j)); undefined without attention. */
  *#attend(
    ctx: ForwardContext,
    name: string,
    query: Tensor,
    memory: DecoderMemory,
  ): Steps<Tensor | undefined> {
    const { states, offsets, keys } = memory;
    if (!(this.#score && keys)) return undefined;
    const queryOffsets = evenOffsets(offsets.length - 1, 1);
    return yield* this.#score.attend(ctx, name, query, keys, states, { queryOffsets, keyOffsets: offsets });
  }
}

/** The last layer's hidden state. */
function topOf(state: StackState): Tensor {
  return state.at(-1)![0]!;
}

function withTop(state: StackState, top: Tensor): StackState {
  const [, ...rest] = state.at(-1)!;
  return [...state.slice(0, -1), [top, ...rest]];
}
