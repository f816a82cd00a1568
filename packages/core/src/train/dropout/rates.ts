import { ConfigError } from '../../errors.ts';
import { ConfigReader } from '../../models/config.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { modelKindOf, modelTypeOf } from '../../models/model-types.ts';
import { checkRate } from './dropout.ts';

/**
 * Dropout rates by the names of activations, in which `*` stands for one part, as in hooks: `{ 'blocks.*.attention.output': 0.1 }`. The
 * first pattern that matches an activation is its rate.
 */
export type DropoutRates = Readonly<Record<string, number>>;

/** The rates of a stack of blocks; absent ones are 0. */
interface StackRates {
  readonly embeddings?: number;
  readonly attentionWeights?: number;
  readonly attentionOutput?: number;
  readonly feedForwardHidden?: number;
  readonly feedForwardOutput?: number;
  /** After the last norm (T5). */
  readonly output?: number;
}

/**
 * The dropout of a model in Hugging Face Transformers, from its config.json with the defaults of its configuration class. `head` is the task
 * head that is trained: encoders have dropout before the output layer of classifiers.
 *
 * - BERT, RoBERTa, ELECTRA: `hidden_dropout_prob` (0.1) of the embeddings and of the outputs of attention and feed-forward network,
 *   `attention_probs_dropout_prob` (0.1), `classifier_dropout` (default `hidden_dropout_prob`).
 * - DistilBERT: `dropout` (0.1) of the embeddings and of the feed-forward network's output, `attention_dropout` (0.1),
 *   `seq_classif_dropout` (0.2), `qa_dropout` (0.1). Its attention's output has none.
 * - GPT-2: `embd_pdrop`, `attn_pdrop`, `resid_pdrop` (0.1 each).
 * - Llama, Mistral, Qwen2, Qwen3: `attention_dropout` (0).
 * - T5: `dropout_rate` (0.1) of the embeddings, attention weights, outputs of sub-layers, hidden units, and the output of both stacks.
 * - recurrent encoder–decoders: `dropout` (0) of the encoder's states.
 * - BART, Marian: `dropout` (0.1) of the embeddings and of the outputs of sub-layers, `attention_dropout` (0), `activation_dropout` (0).
 *
 * Throws `ConfigError` for an unsupported `model_type` and for rates that are not numbers of at least 0 and below 1.
 */
export function dropoutRates(configJson: unknown, head?: TaskHeadKind): DropoutRates {
  const kind = modelKindOf(configJson);
  const type = modelTypeOf(configJson);
  const rate = rateReader(configJson);
  if (kind === undefined) {
    throw new ConfigError(`dropoutRates: model_type ${JSON.stringify(type)} is not supported`);
  }
  if (type === 'distilbert') return positive(distilBert(rate, head));
  if (kind === 'encoder') return positive(bertFamily(rate, configJson, head));
  if (type === 'gpt2') {
    const residual = rate('resid_pdrop', 0.1);
    return positive(
      stack('', {
        embeddings: rate('embd_pdrop', 0.1),
        attentionWeights: rate('attn_pdrop', 0.1),
        attentionOutput: residual,
        feedForwardOutput: residual,
      }),
    );
  }
  if (kind === 'causalLM') return positive(stack('', { attentionWeights: rate('attention_dropout', 0) }));
  if (kind === 'recurrentSeq2Seq') return positive({ 'encoder.output': rate('dropout', 0) });
  const sides = type === 't5' || type === 'mt5' ? t5(rate) : bartFamily(rate);
  return positive({ ...stack('encoder.', sides), ...stack('decoder.', sides) });
}

function bertFamily(rate: RateReader, configJson: unknown, head: TaskHeadKind | undefined): DropoutRates {
  const type = modelTypeOf(configJson);
  const hidden = rate('hidden_dropout_prob', 0.1);
  const classifier = rate('classifier_dropout', hidden);
  const projects = type === 'electra' && isProjected(configJson);
  return {
    // ELECTRA projects the embeddings after their dropout, if their size is not hidden_size.
    ...(projects && { 'embeddings.unprojected': hidden }),
    ...stack('', {
      embeddings: projects ? 0 : hidden,
      attentionWeights: rate('attention_probs_dropout_prob', 0.1),
      attentionOutput: hidden,
      feedForwardOutput: hidden,
    }),
    ...(head === 'tokenClassification' && { output: classifier }),
    // BERT's pooler has no dropout before its dense layer; the heads of RoBERTa and ELECTRA have one on both sides of it.
    ...(head === 'sequenceClassification' && {
      'head.hidden': classifier,
      ...(type !== 'bert' && { output: classifier }),
    }),
  };
}

/** Whether an ELECTRA's embeddings have another size than its hidden states; defaults of `ElectraConfig`. */
function isProjected(configJson: unknown): boolean {
  const reader = new ConfigReader(configJson);
  return reader.size('embedding_size', 128) !== reader.size('hidden_size', 256);
}

function distilBert(rate: RateReader, head: TaskHeadKind | undefined): DropoutRates {
  const hidden = rate('dropout', 0.1);
  return {
    ...stack('', {
      embeddings: hidden,
      attentionWeights: rate('attention_dropout', 0.1),
      feedForwardOutput: hidden,
    }),
    ...(head === 'tokenClassification' && { output: hidden }),
    ...(head === 'questionAnswering' && { output: rate('qa_dropout', 0.1) }),
    ...(head === 'sequenceClassification' && { 'head.hidden': rate('seq_classif_dropout', 0.2) }),
  };
}

function t5(rate: RateReader): StackRates {
  const all = rate('dropout_rate', 0.1);
  return {
    embeddings: all,
    attentionWeights: all,
    attentionOutput: all,
    feedForwardHidden: all,
    feedForwardOutput: all,
    output: all,
  };
}

function bartFamily(rate: RateReader): StackRates {
  const hidden = rate('dropout', 0.1);
  return {
    embeddings: hidden,
    attentionWeights: rate('attention_dropout', 0),
    attentionOutput: hidden,
    feedForwardHidden: rate('activation_dropout', 0),
    feedForwardOutput: hidden,
  };
}

/** Rates under the names of the activations of a stack. */
function stack(prefix: string, rates: StackRates): DropoutRates {
  const { embeddings = 0, attentionWeights = 0, attentionOutput = 0 } = rates;
  const { feedForwardHidden = 0, feedForwardOutput = 0, output = 0 } = rates;
  const attentions = prefix === 'decoder.' ? ['attention', 'crossAttention'] : ['attention'];
  return {
    [`${prefix}embeddings`]: embeddings,
    ...Object.fromEntries(
      attentions.flatMap((name) => [
        [`${prefix}blocks.*.${name}.weights`, attentionWeights],
        [`${prefix}blocks.*.${name}.output`, attentionOutput],
      ]),
    ),
    [`${prefix}blocks.*.feedForward.hidden`]: feedForwardHidden,
    [`${prefix}blocks.*.feedForward.output`]: feedForwardOutput,
    [`${prefix}output`]: output,
  };
}

type RateReader = (name: string, fallback: number) => number;

function rateReader(configJson: unknown): RateReader {
  const values = configJson as Readonly<Record<string, unknown>>;
  return (name, fallback) => {
    const value = Object.hasOwn(values, name) ? (values[name] ?? fallback) : fallback;
    if (typeof value !== 'number') {
      throw new ConfigError(`config.json: ${name} must be a number, got ${JSON.stringify(value)}`);
    }
    checkRate(`config.json: ${name}`, value);
    return value;
  };
}

function positive(rates: DropoutRates): DropoutRates {
  return Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate > 0));
}
