import { type CausalLM, type EncoderModel, loadCausalLM, loadEncoder } from '@headwise/core';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../src/index.ts';
import { clientOf, MINILM, post, small } from './helpers.ts';

// The real client against the service, and the models of the service called directly.

const chatTemplate = '{% for message in messages %}{{ message.content }}{% endfor %}';
let server: RunningServer;
let client: OpenAI;
let encoder: EncoderModel;
let writer: CausalLM;

beforeAll(async () => {
  const mini = await small('gpt-mini', { chatTemplate });
  server = await startServer([MINILM, mini], { port: 0, logger: false });
  client = clientOf(server);
  encoder = await loadEncoder(MINILM.source, { weightsFile: MINILM.weightsFile! });
  writer = await loadCausalLM(mini.source);
});
afterAll(async () => {
  await server.close();
  await encoder.dispose();
  await writer.dispose();
});

const prompt = 'The ';
const messages = [{ role: 'user', content: prompt }] as const;
const chat = { model: 'gpt-mini', messages: [...messages] };

describe('embeddings', () => {
  const input = ['I drank coffee.', '나는 커피를 마셨다.', 'coffee '.repeat(200)];

  test('are those of the model, in the order of the texts, of length 1', async () => {
    const { data, usage, model } = await client.embeddings.create({ model: 'minilm', input });
    const expected = await encoder.embed(input, { normalize: true });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const [i, { embedding }] of data.entries()) {
      for (const [k, value] of embedding.entries()) expect(value).toBeCloseTo(expected[i]![k]!, 5);
      expect(embedding).toHaveLength(384);
    }
    expect(model).toBe('minilm');
    const tokens = input.reduce((sum, text) => sum + encoder.tokenize(text).ids.length, 0);
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  test('are the same as floats, as base64 and of token ids', async () => {
    const text = input[0]!;
    const ids = [...encoder.tokenize(text).ids];
    const of = async (more: Partial<OpenAI.EmbeddingCreateParams>) =>
      (await client.embeddings.create({ model: 'minilm', input: text, ...more })).data[0]!.embedding;
    const floats = await of({ encoding_format: 'float' });
    expect(await of({})).toEqual(floats);
    expect(await of({ input: ids })).toEqual(floats);
    expect(await of({ input: [ids.slice(1, -1)] })).toEqual(floats);
    expect(await of({ dimensions: 384 })).toEqual(floats);
    const raw = (await of({ encoding_format: 'base64' })) as unknown as string;
    expect([...new Float32Array(Uint8Array.from(Buffer.from(raw, 'base64')).buffer)]).toEqual(floats);
  });
});

describe('completions', () => {
  const greedy = { model: 'gpt-mini', prompt, temperature: 0, max_tokens: 20 };

  test('are those of the model', async () => {
    const { text, ids } = await writer.generate(prompt, { maxNewTokens: 20, temperature: 0 });
    const { choices, usage } = await client.completions.create(greedy);
    expect(choices).toMatchObject([{ index: 0, text, finish_reason: 'length' }]);
    expect(usage).toMatchObject({
      prompt_tokens: 5,
      completion_tokens: ids.length,
      total_tokens: 5 + ids.length,
    });
    const [piece] = (await client.completions.create({ ...greedy, stop: text.slice(7, 9) })).choices;
    expect(piece).toMatchObject({
      text: text.slice(0, text.indexOf(text.slice(7, 9))),
      finish_reason: 'stop',
    });
    const defaults = await client.completions.create({ model: 'gpt-mini', prompt });
    expect(defaults.usage?.completion_tokens).toBe(16);
  });

  test('of several prompts and choices come in their order', async () => {
    const prompts = ['The cat', 'The dog'];
    const texts = (await writer.generate(prompts, { maxNewTokens: 5, temperature: 0 })).map(
      ({ text }) => text,
    );
    const { choices } = await client.completions.create({ ...greedy, prompt: prompts, max_tokens: 5, n: 2 });
    expect(choices.map(({ text }) => text)).toEqual(texts.flatMap((text) => [text, text]));
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  test('are sampled unless temperature is 0, and the seed repeats them', async () => {
    const sampled = { model: 'gpt-mini', prompt, max_tokens: 12, n: 3 };
    const texts = async (more: object) =>
      (await client.completions.create({ ...sampled, ...more })).choices.map(({ text }) => text);
    const first = await texts({ seed: 7 });
    expect(new Set(first).size).toBe(3);
    expect(await texts({ seed: 7 })).toEqual(first);
    expect(await texts({ seed: -7 })).not.toEqual(first);
  });

  test('obey biases and penalties', async () => {
    const [first] = (await writer.generate(prompt, { maxNewTokens: 1, temperature: 0 })).tokens;
    const banned = await client.completions.create({ ...greedy, logit_bias: { [first!.id]: -100 } });
    expect(banned.choices[0]!.text).not.toContain(first!.text);
    for (const [frequency, presence] of [
      [2, 0],
      [0, 1.5],
      [-0.5, 1],
    ] as const) {
      const penalties = { frequency_penalty: frequency, presence_penalty: presence };
      const penalised = await client.completions.create({ ...greedy, max_tokens: 60, ...penalties });
      const { text } = await writer.generate(prompt, {
        maxNewTokens: 60,
        temperature: 0,
        logitsProcessors: [
          (scores, { ids, promptLength }) => {
            for (let id = 0; id < scores.length; id++) {
              const times = ids.filter((one, at) => at >= promptLength && one === id).length;
              scores[id]! -= times * frequency + (times > 0 ? presence : 0);
            }
          },
        ],
      });
      expect(penalised.choices[0]!.text).toBe(text);
    }
  });

  test('have log-probabilities', async () => {
    const { tokens } = await writer.generate(prompt, { maxNewTokens: 4, topLogProbs: 2, temperature: 0 });
    const { choices } = await client.completions.create({ ...greedy, max_tokens: 4, logprobs: 2 });
    const { logprobs } = choices[0]!;
    expect(logprobs!.tokens).toEqual(tokens.map(({ text }) => text));
    expect(logprobs!.text_offset).toEqual([0, 1, 2, 3]);
    for (const [i, token] of tokens.entries()) {
      expect(logprobs!.token_logprobs![i]).toBeCloseTo(token.logProbability!, 5);
      expect(Object.keys(logprobs!.top_logprobs![i]!)).toEqual(token.top!.map(({ text }) => text));
    }
  });

  test('are streamed', async () => {
    const whole = (await client.completions.create({ ...greedy, prompt: ['The cat', 'The dog'] })).choices;
    const texts = ['', ''];
    const reasons: (string | null)[] = [];
    for await (const { choices } of await client.completions.create({
      ...greedy,
      prompt: ['The cat', 'The dog'],
      stream: true,
    })) {
      texts[choices[0]!.index] += choices[0]!.text;
      reasons.push(choices[0]!.finish_reason);
    }
    expect(texts).toEqual(whole.map(({ text }) => text));
    expect(reasons.filter((reason) => reason !== null)).toEqual(['length', 'length']);
  });
});

describe('chat completions', () => {
  test('are those of the model', async () => {
    const { text } = await writer.chat(messages, { chatTemplate, maxNewTokens: 20, temperature: 0 });
    const answer = await client.chat.completions.create({
      ...chat,
      temperature: 0,
      max_completion_tokens: 20,
    });
    expect(answer.choices).toMatchObject([
      { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'length' },
    ]);
    expect(answer.object).toBe('chat.completion');
    const inParts = [
      { role: 'developer', content: 'T' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'he' },
          { type: 'text', text: ' ' },
        ],
      },
    ] as OpenAI.ChatCompletionMessageParam[];
    const again = await client.chat.completions.create({
      ...chat,
      messages: inParts,
      temperature: 0,
      max_tokens: 20,
    });
    expect(again.choices[0]!.message.content).toBe(text);
  });

  test('take the messages of earlier answers as they are', async () => {
    const { choices } = await client.chat.completions.create({ ...chat, max_tokens: 3 });
    const { message } = choices[0]!;
    const ofOpenAI = { ...message, annotations: [], audio: null, function_call: null, tool_calls: null };
    for (const earlier of [message, ofOpenAI] as OpenAI.ChatCompletionMessageParam[]) {
      const { usage } = await client.chat.completions.create({
        ...chat,
        messages: [...chat.messages, earlier, { role: 'user', content: 'a' }],
        max_tokens: 3,
      });
      expect(usage!.completion_tokens).toBe(3);
    }
  });

  test('end with the context if no length is given', async () => {
    const { usage, choices } = await client.chat.completions.create({ ...chat, logit_bias: { 1: -100 } });
    expect(usage!.total_tokens).toBe(128);
    expect(choices[0]!.finish_reason).toBe('length');
  });

  test('are streamed, with usage and log-probabilities', async () => {
    const options = { ...chat, seed: 3, max_tokens: 20, logprobs: true, top_logprobs: 1 };
    const whole = await client.chat.completions.create(options);
    const stream = client.chat.completions.stream({ ...options, stream_options: { include_usage: true } });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
    expect(final.choices[0]!.finish_reason).toBe('length');
    expect(final.usage).toEqual(whole.usage && { ...whole.usage, prompt_tokens_details: expect.anything() });
    const plain = (tokens: readonly { token: string; bytes: number[] | null }[]) =>
      tokens.map(({ token, bytes }) => [token, bytes]);
    expect(plain(final.choices[0]!.logprobs!.content!)).toEqual(plain(whole.choices[0]!.logprobs!.content!));
    expect(whole.choices[0]!.logprobs!.content![0]!.top_logprobs).toHaveLength(1);
  });

  test('are streamed as events that end with [DONE]', async () => {
    const response = await post(server, 'chat/completions', { ...chat, max_tokens: 3, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = (await response.text()).split('\n\n');
    expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
    const [first] = events.map((event) => event.replace('data: ', ''));
    expect(JSON.parse(first!)).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }],
    });
  });

  test('of several streams of one request have seeds of their own', async () => {
    const texts = ['', ''];
    const stream = await client.chat.completions.create({
      ...chat,
      seed: 1,
      n: 2,
      max_tokens: 12,
      stream: true,
    });
    for await (const { choices } of stream) texts[choices[0]!.index] += choices[0]!.delta.content ?? '';
    expect(texts[0]).not.toBe(texts[1]);
  });
});

describe('models', () => {
  test('are listed and found by their names', async () => {
    const { data } = await client.models.list();
    expect(data).toMatchObject([
      { id: 'minilm', object: 'model', kind: 'encoder', embedding_size: 384, context_length: 512 },
      { id: 'gpt-mini', object: 'model', kind: 'causalLM', context_length: 128 },
    ]);
    expect(await client.models.retrieve('gpt-mini')).toEqual(data[1]);
    await expect(client.models.retrieve('org/other')).rejects.toThrow(OpenAI.NotFoundError);
  });
});
