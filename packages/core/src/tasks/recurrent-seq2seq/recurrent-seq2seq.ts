import type { Backend, WeightType } from '../../backend/backend.ts';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import { logSumExp } from '../../generate/logits/probability.ts';
import { tokenTextAfter, topTokens } from '../../generate/logits/top-tokens.ts';
import type { GenerateOptions, Prompt } from '../../generate/options.ts';
import type { GeneratedToken, Generation } from '../../generate/result.ts';
import { sourceBatch } from '../../generate/scheduler/encode-sources.ts';
import { HookRunner } from '../../hooks/hook-runner.ts';
import type { Activation, Hooks } from '../../hooks/hooks.ts';
import type { RecurrentNetwork, RecurrentSeq2SeqConfig } from '../../models/recurrent/recurrent-seq2seq.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import { runForward } from '../../nn/run/run-forward.ts';
import { ALIGNMENTS, alignmentsOf } from '../../nn/seq2seq/alignments.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { yieldToEventLoop } from '../../platform/yield.ts';
import { DecodeStream } from '../../text/stream-decode.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { promptIds, requireCount } from '../inputs.ts';
import {
  type Perplexity,
  type PerplexityOptions,
  perplexityOf,
  type ScoredToken,
  scoreToken,
} from '../perplexity.ts';
import type { Alignments } from '../seq2seq-lm/seq2seq-trace.ts';
import { collectMaps } from '../trace.ts';

/**
 * Options of {@link RecurrentSeq2Seq.generate}: those of `Seq2SeqLM.generate` that apply to greedy decoding. `alignments` is a `ConfigError` for a
 * model without attention. `maxNewTokens` is by default the configuration's `max_length`.
 */
export interface RecurrentGenerateOptions
  extends Pick<
    GenerateOptions,
    'maxNewTokens' | 'topLogProbs' | 'alignments' | 'skipSpecialTokens' | 'batchSize' | 'signal'
  > {
  /** Called at every step of all sources of a batch. For the names of activations see `Seq2Seq` of `@headwise/core/nn`. */
  hooks?: Hooks;
}

const CALL_OPTIONS = { hooks: 'object', signal: 'signal' } as const;

const OPTIONS = {
  maxNewTokens: 'numeric',
  topLogProbs: 'numeric',
  alignments: 'boolean',
  skipSpecialTokens: 'boolean',
  batchSize: 'numeric',
  ...CALL_OPTIONS,
} satisfies OptionNames<RecurrentGenerateOptions>;

type Settings = Required<Omit<RecurrentGenerateOptions, 'hooks' | 'signal'>> &
  Pick<RecurrentGenerateOptions, 'hooks' | 'signal'>;

/** A source and the results of its steps. */
interface Decoding {
  readonly source: Int32Array;
  /** The argmax of each step, the end token included. */
  readonly ids: readonly number[];
  readonly logits: readonly Float32Array[];
  /** `[steps, source]` */
  readonly weights: FloatArray | undefined;
}

/**
 * A recurrent encoder–decoder with its tokenizer: an RNN, LSTM or GRU that decodes with attention (Bahdanau et al. 2015) or from one fixed vector
 * (Cho et al. 2014, Sutskever et al. 2014). Created by `loadRecurrentSeq2Seq`. Calls and results are those of `Seq2SeqLM`; attention has one
 * layer and one head.
 */
export class RecurrentSeq2Seq {
  readonly kind = 'recurrentSeq2Seq';
  readonly config: RecurrentSeq2SeqConfig;
  readonly tokenizer: Tokenizer;
  /** The type that the weights are kept in: the option `dtype` of the loader, or what its `auto` chose. */
  readonly dtype: WeightType;
  readonly #backend: Backend;
  readonly #network: RecurrentNetwork;
  #disposed = false;

  constructor(
    config: RecurrentSeq2SeqConfig,
    tokenizer: Tokenizer,
    backend: Backend,
    network: RecurrentNetwork,
    dtype: WeightType = 'f32',
  ) {
    this.dtype = dtype;
    this.config = config;
    this.tokenizer = tokenizer;
    this.#backend = backend;
    this.#network = network;
  }

  /** Name of the backend, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#backend.name;
  }

  /**
   * Generates a text from a source, or one from each of several, by greedy decoding.
   *
   * ```ts
   * const { text, tokens } = await model.generate('I love you', { alignments: 'boolean' });
   * const { data, shape } = tokens[0]!.alignment!; // [1, 1, source tokens]
   * ```
   *
   * Rejects with `ConfigError` for an invalid option, for a source without tokens, and for ids that the vocabulary does not have; with the
   * signal's reason if aborted before the next batch.
   */
  generate(source: Prompt, options?: RecurrentGenerateOptions): Promise<Generation>;
  generate(sources: readonly Prompt[], options?: RecurrentGenerateOptions): Promise<Generation[]>;
  async generate(
    input: Prompt | readonly Prompt[],
    options: RecurrentGenerateOptions = {},
  ): Promise<Generation | Generation[]> {
    const settings = this.#settings(options);
    const prompts = Array.isArray(input) ? (input as readonly Prompt[]) : [input as Prompt];
    const sources = prompts.map((prompt) => this.#encode('generate', prompt));
    const generations: Generation[] = [];
    for (let first = 0; first < sources.length; first += settings.batchSize) {
      if (first > 0) await yieldToEventLoop();
      settings.signal?.throwIfAborted();
      const batch = sources.slice(first, first + settings.batchSize);
      for (const decoding of this.#decode(batch, settings)) {
        generations.push(this.#generationOf(decoding, settings));
      }
    }
    return Array.isArray(input) ? generations : generations[0]!;
  }

  /**
   * Attention weights of the steps that predict the tokens of a given target (teacher forcing; Bahdanau et al. 2015, fig. 3): one layer and one head.
   * Rejects like {@link generate}, and with `ConfigError` for a model without attention.
   */
  async alignments(
    source: Prompt,
    target: Prompt,
    options: { hooks?: Hooks; signal?: AbortSignal } = {},
  ): Promise<Alignments> {
    checkOptions('alignments', options, CALL_OPTIONS);
    this.#requireAttention('alignments');
    const pair = this.#encodePair('alignments', source, target, options);
    const { recorded } = this.#force(pair, options.hooks, [ALIGNMENTS]);
    const { data } = alignmentsOf(recorded, 0, pair.target.length, pair.source.length);
    const name = 'attention.0';
    const maps = new Map([[name, { name, shape: [1, 1, pair.target.length, pair.source.length], data }]]);
    return {
      sourceTokens: this.#tokensOf(pair.source),
      targetTokens: this.#tokensOf(pair.target),
      attention: collectMaps(maps, 1, 1, pair.target.length, pair.source.length, 'attention.*'),
    };
  }

  /**
   * Perplexity of a target given a source (teacher forcing). All tokens of the target are scored, including its end token if the tokenizer adds one.
   */
  async perplexity(source: Prompt, target: Prompt, options: PerplexityOptions = {}): Promise<Perplexity> {
    checkOptions('perplexity', options, {
      ...CALL_OPTIONS,
      topLogProbs: 'whole',
    } satisfies OptionNames<PerplexityOptions>);
    const { topLogProbs = 0, hooks } = options;
    const pair = this.#encodePair('perplexity', source, target, options);
    const { result: values } = this.#force(pair, hooks, []);
    const width = this.config.vocabSize;
    const tokens: ScoredToken[] = Array.from(pair.target, (id, i) => {
      const row = values.subarray(i * width, (i + 1) * width);
      return scoreToken(this.tokenizer, pair.target.subarray(0, i), row, id, topLogProbs);
    });
    return perplexityOf(tokens);
  }

  /** Frees the model's memory. Later calls reject; calling it again does nothing. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#network.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #decode(sources: readonly Int32Array[], { maxNewTokens, alignments, hooks }: Settings): Decoding[] {
    const { ids, offsets } = sourceBatch(sources);
    const record = alignments ? [ALIGNMENTS] : [];
    const { result, recorded } = this.#run(offsets, hooks, record, (ctx) =>
      this.#network.decode(ctx, { ids, maxLength: maxNewTokens }),
    );
    return sources.map((source, s) => ({
      source,
      ids: result.tokens[s]!,
      logits: result.logits[s]!,
      weights: alignments ? alignmentsOf(recorded, s, result.tokens[s]!.length, source.length) : undefined,
    }));
  }

  #generationOf({ source, ids, logits, weights }: Decoding, settings: Settings): Generation {
    const { tokenizer } = this;
    const { eosTokenId } = this.config;
    const { skipSpecialTokens, topLogProbs } = settings;
    const stream = new DecodeStream(tokenizer, { skipSpecialTokens });
    const hasEnded = ids.at(-1) === eosTokenId;
    let text = '';
    const tokens = ids.map((id, i): GeneratedToken => {
      const row = logits[i]!;
      const total = logSumExp(row, row[id]!);
      const textOf = tokenTextAfter(tokenizer, ids.slice(0, i));
      const top = topLogProbs > 0 && topTokens(tokenizer, row, topLogProbs, textOf, total);
      const added = hasEnded && i === ids.length - 1 ? '' : stream.push(id);
      text += added;
      const weightsOfStep = weights?.data.slice(i * source.length, (i + 1) * source.length);
      return {
        id,
        token: tokenizer.idToToken(id) ?? '',
        text: added,
        logProbability: row[id]! - total,
        ...(top && { top }),
        ...(weightsOfStep && {
          alignment: { data: weightsOfStep, shape: [1, 1, source.length] as const },
        }),
      };
    });
    return {
      text: text + stream.finish(),
      ids: Int32Array.from(ids),
      tokens,
      finishReason: hasEnded ? 'stop' : 'length',
      ...(hasEnded && { stoppedBy: eosTokenId }),
      promptIds: source,
      cachedTokens: 0,
    };
  }

  /** The logits of all tokens of a target, `[target · vocabSize]`. */
  #force(
    { source, target }: { source: Int32Array; target: Int32Array },
    hooks: Hooks | undefined,
    record: readonly string[],
  ): { result: Float32Array; recorded: ReadonlyMap<string, Activation> } {
    const network = this.#network;
    return this.#run(Int32Array.of(0, source.length), hooks, record, function* (ctx) {
      const { logits } = yield* network.forced(ctx, { ids: source, targets: [target] });
      return ctx.backend.read(logits);
    });
  }

  #run<T>(
    offsets: Int32Array,
    hooks: Hooks | undefined,
    record: readonly string[],
    body: (ctx: ForwardContext) => Steps<T>,
  ): { result: T; recorded: ReadonlyMap<string, Activation> } {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of');
    const runner = hooks || record.length > 0 ? new HookRunner(hooks, record) : undefined;
    const result = runForward(this.#backend, offsets, runner, body);
    return { result, recorded: runner?.recorded ?? new Map() };
  }

  #settings(options: RecurrentGenerateOptions): Settings {
    checkOptions('generate', options, OPTIONS);
    const {
      maxNewTokens = this.config.maxLength,
      topLogProbs = 0,
      alignments = false,
      skipSpecialTokens = true,
      batchSize = 8,
      ...rest
    } = options;
    requireCount('generate', 'maxNewTokens', maxNewTokens);
    requireCount('generate', 'batchSize', batchSize);
    if (topLogProbs !== 0) requireCount('generate', 'topLogProbs', topLogProbs);
    if (alignments) this.#requireAttention('generate');
    return { maxNewTokens, topLogProbs, alignments, skipSpecialTokens, batchSize, ...rest };
  }

  #requireAttention(task: string): void {
    if (this.config.attention) return;
    throw new ConfigError(`${task}: the model has no attention; its decoder gets one fixed vector`);
  }

  #encodePair(task: string, source: Prompt, target: Prompt, { signal }: { signal?: AbortSignal }) {
    signal?.throwIfAborted();
    return { source: this.#encode(task, source), target: this.#encode(task, target) };
  }

  #encode(task: string, prompt: Prompt): Int32Array {
    const ids = promptIds(task, this.tokenizer, prompt);
    if (ids.length === 0) throw new ConfigError(`${task}: the text has no tokens`);
    const { vocabSize } = this.config;
    const wrong = ids.find((id) => !(id >= 0 && id < vocabSize));
    if (wrong === undefined) return ids;
    throw new ConfigError(`${task}: token ids must lie in 0 … ${vocabSize - 1}, got ${wrong}`);
  }

  #tokensOf(ids: Int32Array): string[] {
    return Array.from(ids, (id) => this.tokenizer.idToToken(id) ?? '');
  }
}
