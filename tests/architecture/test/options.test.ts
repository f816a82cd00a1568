import * as aiSdk from '@headwise/ai-sdk';
import * as core from '@headwise/core';
import * as metrics from '@headwise/core/metrics';
import * as nn from '@headwise/core/nn';
import * as pipeline from '@headwise/core/pipeline';
import * as train from '@headwise/core/train';
import * as fleet from '@headwise/fleet';
import * as kernel from '@headwise/kernel';
import * as models from '@headwise/models';
import * as server from '@headwise/server';
import * as worker from '@headwise/worker';
import * as workerTrain from '@headwise/worker/train';
import { describe, expect, test } from 'vitest';
import { type OptionTaker, readOptionTakers } from './lib/options-of.ts';

// Every public function with options refuses a name that it does not have, before it does anything else. A new one is found by its declaration.

type Values = Readonly<Record<string, unknown>>;
const entries: Readonly<Record<string, Values>> = {
  '@headwise/ai-sdk': aiSdk,
  '@headwise/core': core,
  '@headwise/core/metrics': metrics,
  '@headwise/core/nn': nn,
  '@headwise/core/pipeline': pipeline,
  '@headwise/core/train': train,
  '@headwise/fleet': fleet,
  '@headwise/kernel': kernel,
  '@headwise/models': models,
  '@headwise/server': server,
  '@headwise/worker': worker,
  '@headwise/worker/train': workerTrain,
};

/** What is called by this library alone. */
const INTERNAL: Readonly<Record<string, string>> = {
  CausalLM: 'the loaders create it, with what they have read',
  Seq2SeqLM: 'the loaders create it, with what they have read',
  WorkerError: 'an error: its options are those of Error',
  'RecordingBackend.apply': 'an operation of a backend',
  'RecordingBackend.attention': 'an operation of a backend',
  'RecordingBackend.attentionContext': 'an operation of a backend',
  'RecordingBackend.attentionScores': 'an operation of a backend',
  'RecordingBackend.linear': 'an operation of a backend',
  'RecordingBackend.rotary': 'an operation of a backend',
};

const tokenizer = { model: { type: 'BPE', vocab: { a: 0, b: 1, c: 2 }, merges: [], unk_token: 'a' } };
const filesOf = (config: Record<string, unknown>) => ({
  'config.json': JSON.stringify(config),
  'tokenizer.json': JSON.stringify(tokenizer),
  'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }),
  'model.safetensors': core.writeSafetensors(
    [...train.createStateDict(config)].map(([name, { data, shape }]) => [
      name,
      { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) },
    ]),
  ),
});
const sizes = {
  vocab_size: 3,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 1,
  intermediate_size: 8,
};
const backend = 'reference';
const recurrent = { inputSize: 2, hiddenSize: 2 };
const stack = { dModel: 8 };

/** Objects whose methods need one that was made. */
const makers: Readonly<Record<string, () => unknown>> = {
  Tokenizer: () => core.Tokenizer.fromFiles({ tokenizerJson: tokenizer }),
  ChatTemplate: () => core.ChatTemplate.fromSource('a'),
  EncoderModel: () => core.loadEncoder(filesOf({ ...sizes, model_type: 'bert' }), { backend }),
  CausalLM: () => core.loadCausalLM(filesOf({ ...sizes, model_type: 'llama' }), { backend }),
  Seq2SeqLM: () =>
    core.loadSeq2SeqLM(
      filesOf({ model_type: 't5', vocab_size: 3, d_model: 8, d_kv: 8, d_ff: 8, num_layers: 1, num_heads: 1 }),
      { backend },
    ),
  RecurrentSeq2Seq: () =>
    core.loadRecurrentSeq2Seq(
      filesOf({
        model_type: 'recurrent_seq2seq',
        vocab_size: 3,
        embedding_dim: 2,
        hidden_size: 2,
        bos_token_id: 0,
        eos_token_id: 1,
      }),
      { backend },
    ),
  Module: () => new nn.ReLU(),
  Layer: () => new nn.LSTM(recurrent),
  AdditiveAttention: () => new nn.AdditiveAttention({ queryDim: 2 }),
  RNN: () => new nn.RNN(recurrent),
  LSTM: () => new nn.LSTM(recurrent),
  GRU: () => new nn.GRU(recurrent),
  TransformerEncoder: () => new nn.TransformerEncoder(stack),
  TransformerDecoder: () => new nn.TransformerDecoder(stack),
};

/** Arguments by the names of parameters; others are undefined. */
const args: Values = {
  name: 'bert-mini',
  dim: 2,
  theta: 10,
  model: {},
  text: 'a',
  ids: [0],
  texts: ['a', 'b'],
  messages: [{ role: 'user', content: 'a' }],
  stateDict: {},
  x: { data: new Float32Array(2), shape: [1, 1, 2] },
  inFeatures: 2,
  outFeatures: 2,
  inChannels: 2,
  outChannels: 2,
  kernelSize: 1,
  features: 2,
  dModel: 2,
  dimFeedforward: 2,
  attention: { shape: [1, 1, 1, 1] },
};

const WRONG = { max_gnu_tokens: 3 };

/** Options that decide which others there are. */
const needed: Values = { rotaryFrequencies: { ropeType: 'linear', factor: 1 } };

const made = new Map<string, unknown>();

/** The object whose method is called: one without a state where the method looks at its options first. */
async function receiverOf(owner: string, prototype: object): Promise<unknown> {
  if (!made.has(owner)) made.set(owner, await (makers[owner]?.() ?? Object.create(prototype)));
  return made.get(owner);
}

/** Calls with options; rejects with what it throws. */
async function call({ name, kind, before }: OptionTaker, values: Values, options: unknown): Promise<void> {
  const [owner = '', method = ''] = name.split('.');
  const given = [...before.map((parameter) => args[parameter]), options];
  const value = values[owner] as (new (...all: unknown[]) => object) & Record<string, unknown>;
  if (kind === 'constructor') {
    new value(...given);
    return;
  }
  const receiver = kind === 'method' ? await receiverOf(owner, value.prototype as object) : value;
  const body = kind === 'function' ? value : (receiver as Record<string, unknown>)[method];
  const result = Reflect.apply(body as () => unknown, receiver, given);
  await (result !== null && typeof result === 'object' && 'next' in result
    ? (result as AsyncGenerator).next()
    : result);
}

describe.each(Object.keys(entries))('functions with options of %s', (entry) => {
  const takers = readOptionTakers(entry).filter(({ name }) => !Object.hasOwn(INTERNAL, name));

  test('are found', () => expect(takers.length).toBeGreaterThan(0));

  test.each(takers)('$name refuses an unknown one, and what is no object', async (taker) => {
    await expect(
      call(taker, entries[entry]!, { ...(needed[taker.name] as object), ...WRONG }),
    ).rejects.toThrow(/unknown option max_gnu_tokens; ./);
    await expect(call(taker, entries[entry]!, 'fast')).rejects.toThrow(
      /(options|scaling) must be an object, got/,
    );
  });

  const typed = takers.filter(({ primitives }) => Object.keys(primitives).length > 0);

  test.each(typed)('$name refuses values of another type', async (taker) => {
    for (const [option, type] of Object.entries(taker.primitives)) {
      for (const wrong of type === 'number' ? ['1'] : type === 'string' ? [1] : ['yes', 1]) {
        const options = { ...(needed[taker.name] as object), [option]: wrong };
        await expect(call(taker, entries[entry]!, options), `${option}: ${wrong}`).rejects.toThrow(option);
      }
    }
  });
});
