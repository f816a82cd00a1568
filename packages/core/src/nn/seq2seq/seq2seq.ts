import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import type { HookRunner } from '../../hooks/hook-runner.ts';
import { checkOptions, describeValue, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { FloatArray } from '../torch/float-array.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { ALIGNMENTS, alignmentsOf, concatRows } from './alignments.ts';
import { argmax, type Decoded, decodeSteps } from './decode.ts';
import { SequenceDecoder } from './decoder.ts';
import { SequenceEncoder } from './encoder.ts';
import { type Seq2SeqOptions, type Seq2SeqSizes, seq2SeqSizes } from './options.ts';
import { forcedSteps, packSequences, shiftedTargets } from './teacher-forcing.ts';

/** Options of one call of {@link Seq2Seq.generate} or {@link Seq2Seq.forward}. */
export interface Seq2SeqCall extends ForwardOptions {
  /** Return the attention weights (alignments). Default false. Throws `ConfigError` for a model without attention. */
  readonly needWeights?: boolean;
}

const CALL_OPTIONS = { hooks: 'object', needWeights: 'boolean' } satisfies OptionNames<Seq2SeqCall>;

/** Options of one call of {@link Seq2Seq.logits}. */
export interface LogitsCall extends ForwardOptions, DecoderInputs {
  /**
   * Scheduled sampling (Bengio et al. 2015, https://arxiv.org/abs/1506.03099): for each target the steps, as values other than 0, whose input is
   * the model's own argmax of the step before instead of the target's token. The first step reads the begin token in any case.
   */
  readonly sampled?: readonly ArrayLike<number>[];
}

/** Options of one call of {@link Seq2Seq.generate}. */
export interface GenerateCall extends Seq2SeqCall {
  /** Maximum target tokens per source, end token included. Default 100. */
  readonly maxLength?: number;
}

/** What the decoder reads in {@link Seq2Seq.forward} and {@link Seq2Seq.logits}. */
export interface DecoderInputs {
  /**
   * The decoder's input tokens for each source, as many as its target has tokens; the first one is usually the begin token. Default: teacher
   * forcing, the begin token and then the target without its last token. Scheduled sampling (Bengio et al. 2015,
   * https://arxiv.org/abs/1506.03099) has tokens of the model's own among them.
   */
  readonly inputs?: readonly ArrayLike<number>[];
}

/** The target of one source. */
export interface Seq2SeqResult {
  /** The argmax of each step, without the end token. */
  readonly ids: Int32Array;
  /** Whether the end token was generated within `maxLength`. With teacher forcing always false. */
  readonly ended: boolean;
  /** Logits of each step, that of the end token included: `[steps, targetVocabSize]`. */
  readonly logits: FloatArray;
  /** The decoder's initial hidden states, the only input from the source without attention: `[layers, hiddenSize]`. */
  readonly context: FloatArray;
  /** Attention weights a_ij of step i to source token j, `[steps, source length]`, with `needWeights`. Rows sum to 1. */
  readonly alignments?: FloatArray;
}

/**
 * A recurrent encoder–decoder.
 *
 * Without `attention`, the decoder gets only the encoder's final state (Cho et al. 2014, https://arxiv.org/abs/1406.1078; Sutskever et al.
 * 2014, https://arxiv.org/abs/1409.3215). With it, each step attends to the encoder's states h_j (Bahdanau et al. 2015,
 * https://arxiv.org/abs/1409.0473): e_ij = a(s_{i−1}, h_j), a_ij = softmax_j(e_ij), c_i = Σ_j a_ij h_j, s_i = f(s_{i−1}, [y_{i−1}; c_i]).
 *
 * Weights, with the names of PyTorch's layers: `encoder.embedding`, `encoder.rnn` (`nn.GRU`, `nn.LSTM` or `nn.RNN`), `decoder.embedding`,
 * `decoder.rnn`, `decoder.out`; with attention `decoder.attention.…` (see `AdditiveAttention` and the others; hidden layers of `hiddenSize`, biases in all but `general`);
 * if bidirectional `bridge.hidden`, and for an LSTM `bridge.cell`, linear layers from both directions' final states to the decoder's initial states.
 *
 * ```ts
 * const [translation] = model.generate([[4, 8, 15, 2]], { maxLength: 50, needWeights: true });
 * ```
 *
 * Activations for hooks: `encoder.layers.N.output`, `encoder.output`, `context.N`, `decoder.steps.I.attention.{scores,weights,context}`,
 * `decoder.steps.I.{state,logits}`.
 */
export class Seq2Seq extends Layer {
  readonly #sizes: Seq2SeqSizes;
  #encoder: SequenceEncoder | undefined;
  #decoder: SequenceDecoder | undefined;

  /** Throws `ConfigError` for invalid options. */
  constructor(options: Seq2SeqOptions) {
    super('Seq2Seq');
    this.#sizes = seq2SeqSizes(options);
  }

  /** Throws `ConfigError` for invalid options, `LoadError` for missing or unknown tensors, `ShapeError` for tensors of another shape. */
  static load(backend: Backend, stateDict: StateDict, options: Seq2SeqOptions): Promise<Seq2Seq> {
    return Layer.loadInto(new Seq2Seq(options), backend, stateDict);
  }

  protected override weightSpecs(): WeightSpecs {
    return { ...SequenceEncoder.specs(this.#sizes), ...SequenceDecoder.specs(this.#sizes) };
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.#encoder = await SequenceEncoder.load(loader, this.#sizes);
    this.#decoder = await SequenceDecoder.load(loader, this.#sizes);
  }

  /** Greedy decoding: feeds the argmax of each step to the next one. */
  generate(sources: readonly ArrayLike<number>[], call: GenerateCall = {}): Seq2SeqResult[] {
    checkOptions('Seq2Seq.generate', call, CALL_OPTIONS, { maxLength: true });
    const { maxLength = 100 } = call;
    if (!(Number.isSafeInteger(maxLength) && maxLength >= 1)) {
      throw new ConfigError(
        `Seq2Seq: maxLength must be a whole number of at least 1, got ${describeValue(maxLength)}`,
      );
    }
    this.#checkCall(sources, call);
    if (sources.length === 0) return [];
    const { offsets, ids } = packSequences(sources);
    const { bosTokenId, eosTokenId } = this.#sizes;
    const request = { ids, maxLength, bosTokenId, eosTokenId };
    const [encoder, decoder] = [this.#encoder!, this.#decoder!];
    const { result, recorded } = this.run(
      offsets,
      call,
      (ctx) => decodeSteps(ctx, encoder, decoder, request),
      call.needWeights ? [ALIGNMENTS] : [],
    );
    return sources.map((source, s) => this.#resultOf(result, s, true, call, recorded, source.length));
  }

  /**
   * Teacher forcing: the input of step i is token i − 1 of the target (the begin token first), or that of `inputs`. There are as many steps as
   * target tokens; their logits are those that a loss compares with the target. Throws `ShapeError` for inputs of other lengths than the targets.
   */
  forward(
    sources: readonly ArrayLike<number>[],
    targets: readonly ArrayLike<number>[],
    call: Seq2SeqCall & DecoderInputs = {},
  ): Seq2SeqResult[] {
    checkOptions('Seq2Seq.forward', call, CALL_OPTIONS, { inputs: 'list' });
    const inputs = this.#forcedInputs(sources, targets, call);
    if (sources.length === 0) return [];
    const { offsets, ids } = packSequences(sources);
    const [encoder, decoder] = [this.#encoder!, this.#decoder!];
    const { result, recorded } = this.run(
      offsets,
      call,
      function* (ctx) {
        const { context, logits } = yield* forcedSteps(ctx, encoder, decoder, { inputs, ids });
        const { backend } = ctx;
        return { context: context.map((hidden) => backend.read(hidden)), logits: backend.read(logits) };
      },
      call.needWeights && targets.some(({ length }) => length > 0) ? [ALIGNMENTS] : [],
    );
    const { targetVocabSize } = this.#sizes;
    let row = 0;
    const logits = targets.map(({ length }) =>
      Array.from({ length }, () => {
        const from = row++ * targetVocabSize;
        return result.logits.subarray(from, from + targetVocabSize);
      }),
    );
    const decoded = { context: result.context, logits, tokens: logits.map((rows) => rows.map(argmax)) };
    return sources.map((source, s) => this.#resultOf(decoded, s, false, call, recorded, source.length));
  }

  /**
   * {@link forward} for training, on tensors: the logits of all target tokens, `[target tokens, targetVocabSize]`, the targets one after another.
   *
   * ```ts
   * const loss = crossEntropy(backend, model.logits(sources, targets), targets.flat());
   * ```
   */
  logits(
    sources: readonly ArrayLike<number>[],
    targets: readonly ArrayLike<number>[],
    options: LogitsCall = {},
  ): Tensor {
    checkOptions('Seq2Seq.logits', options, {
      hooks: 'object',
      inputs: 'list',
      sampled: 'list',
    } satisfies OptionNames<LogitsCall>);
    const { sampled, ...call } = options;
    const inputs = this.#forcedInputs(sources, targets, call);
    if (sampled) checkSampled(sampled, targets);
    const { offsets, ids } = packSequences(sources);
    const [encoder, decoder] = [this.#encoder!, this.#decoder!];
    const own = sampled && { sampled: sampled.flatMap((steps) => Array.from(steps)) };
    return this.runOpen(offsets, call, function* (ctx) {
      return (yield* forcedSteps(ctx, encoder, decoder, { inputs, ids, ...own })).logits;
    });
  }

  #forcedInputs(
    sources: readonly ArrayLike<number>[],
    targets: readonly ArrayLike<number>[],
    call: Seq2SeqCall & DecoderInputs,
  ): readonly ArrayLike<number>[] {
    if (sources.length !== targets.length) {
      throw new ShapeError(`Seq2Seq: ${sources.length} sources need as many targets, got ${targets.length}`);
    }
    for (const target of targets) checkIds('target', target, this.#sizes.targetVocabSize);
    this.#checkCall(sources, call);
    const { inputs } = call;
    if (!inputs) return shiftedTargets(targets, this.#sizes.bosTokenId);
    if (inputs.length !== targets.length || inputs.some(({ length }, s) => length !== targets[s]!.length)) {
      const lengths = (all: readonly ArrayLike<number>[]) => all.map(({ length }) => length).join(', ');
      throw new ShapeError(
        `Seq2Seq: inputs must have the lengths of the targets, ${lengths(targets)}, got ${lengths(inputs)}`,
      );
    }
    for (const input of inputs) checkIds('input', input, this.#sizes.targetVocabSize);
    return inputs;
  }

  #checkCall(sources: readonly ArrayLike<number>[], { needWeights }: Seq2SeqCall): void {
    const { attention, sourceVocabSize } = this.#sizes;
    if (needWeights && !attention) {
      throw new ConfigError('Seq2Seq: needWeights requires a model with attention');
    }
    for (const source of sources) checkIds('source', source, sourceVocabSize);
  }

  #resultOf(
    decoded: Decoded,
    s: number,
    greedy: boolean,
    { needWeights }: Seq2SeqCall,
    recorded: HookRunner['recorded'],
    sourceLength: number,
  ): Seq2SeqResult {
    const { hiddenSize, numLayers, eosTokenId, targetVocabSize } = this.#sizes;
    const tokens = decoded.tokens[s]!;
    const ended = greedy && tokens.at(-1) === eosTokenId;
    const context = decoded.context.map((layer) => layer.subarray(s * hiddenSize, (s + 1) * hiddenSize));
    const logits = decoded.logits[s]!;
    return {
      ids: Int32Array.from(ended ? tokens.slice(0, -1) : tokens),
      ended,
      logits: { data: concatRows(logits, targetVocabSize), shape: [logits.length, targetVocabSize] },
      context: { data: concatRows(context, hiddenSize), shape: [numLayers, hiddenSize] },
      ...(needWeights && { alignments: alignmentsOf(recorded, s, tokens.length, sourceLength) }),
    };
  }
}

function checkIds(role: string, ids: ArrayLike<number>, vocabulary: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isSafeInteger(id) && id >= 0 && id < vocabulary) continue;
    throw new ShapeError(
      `Seq2Seq: ${role} tokens must lie in 0 … ${vocabulary - 1}, got ${id} at index ${i}`,
    );
  }
}

function checkSampled(sampled: readonly ArrayLike<number>[], targets: readonly ArrayLike<number>[]): void {
  const fits =
    sampled.length === targets.length && targets.every(({ length }, s) => sampled[s]!.length === length);
  if (!fits) throw new ShapeError('Seq2Seq: sampled must have a value for each token of each target');
}
