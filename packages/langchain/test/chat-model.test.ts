import type { CausalLM, Seq2SeqLM } from '@headwise/core';
import { InMemoryCache } from '@langchain/core/caches';
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { StringOutputParser } from '@langchain/core/output_parsers';
import type { LLMResult } from '@langchain/core/outputs';
import { ChatPromptTemplate, PromptTemplate } from '@langchain/core/prompts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChatHeadwise } from '../src/index.ts';
import { CONCATENATED, loadStories, loadTranslator } from './models.ts';

let model: CausalLM;
let translator: Seq2SeqLM;
beforeAll(async () => {
  [model, translator] = await Promise.all([loadStories(), loadTranslator()]);
});
afterAll(() => Promise.all([model.dispose(), translator.dispose()]));

const prompt = 'Once upon a time';
const maxNewTokens = 16;
const writer = (more: object = {}) => new ChatHeadwise({ model, options: { maxNewTokens, ...more } });
const chat = (more: object = {}) => writer({ chatTemplate: CONCATENATED, ...more });

describe('ChatHeadwise', () => {
  test('answers as the model does, with usage and the reason of the end', async () => {
    const expected = await model.generate(prompt, { maxNewTokens });
    const answer = await writer().invoke(prompt);
    expect(answer.content).toBe(expected.text);
    const input = expected.promptIds.length;
    expect(answer).toMatchObject({
      usage_metadata: {
        input_tokens: input,
        output_tokens: maxNewTokens,
        total_tokens: input + maxNewTokens,
        // All but the last token, of the call before.
        input_token_details: { cache_read: input - 1 },
      },
    });
    expect(answer.response_metadata).toMatchObject({ finish_reason: 'length', model_name: 'llama' });
  });

  test('is a part of a chain', async () => {
    const chain = PromptTemplate.fromTemplate('Once upon a {what}')
      .pipe(writer())
      .pipe(new StringOutputParser());
    const expected = await model.generate(prompt, { maxNewTokens });
    expect(await chain.invoke({ what: 'time' })).toBe(expected.text);
    const pieces: string[] = [];
    for await (const piece of await chain.stream({ what: 'time' })) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(maxNewTokens / 2);
    expect(pieces.join('')).toBe(expected.text);
    expect(await chain.batch([{ what: 'time' }, { what: 'time' }])).toEqual([expected.text, expected.text]);
  });

  test('formats messages with the chat template', async () => {
    const template = ChatPromptTemplate.fromMessages([
      ['system', 'Once '],
      ['human', 'upon '],
      ['ai', '{what} '],
      ['human', 'time'],
    ]);
    const { text } = await model.chat([{ role: 'user', content: prompt }], {
      chatTemplate: CONCATENATED,
      maxNewTokens,
    });
    expect((await template.pipe(chat()).invoke({ what: 'a' })).content).toBe(text);
    const parts = [
      { type: 'text', text: 'Once ' },
      { type: 'text', text: 'upon a time' },
    ];
    expect((await chat().invoke([new HumanMessage({ content: parts })])).content).toBe(text);
  });

  test('passes roles, and calls of tools with their results, to the template', async () => {
    const chatTemplate =
      '{% for m in messages %}{{ m.role }} {% for c in m.tool_calls %}{{ c.function.name }} {{ c.function.arguments.city }}{% endfor %}{{ m.content }}{{ m.tool_call_id }}. {% endfor %}';
    let seen = '';
    const read = chat({
      chatTemplate,
      maxNewTokens: 1,
      logitsProcessors: [
        (_: unknown, { ids }: { ids: number[] }) => {
          seen = model.tokenizer.decode(Int32Array.from(ids));
        },
      ],
    });
    const tool_calls = [{ id: 'c1', name: 'weather', args: { city: 'Seoul' } }];
    await read.invoke([
      new SystemMessage('Be brief'),
      new HumanMessage('Sunny'),
      new AIMessage({ content: '', tool_calls }),
      new ToolMessage({ content: 'yes', tool_call_id: 'c1' }),
    ]);
    expect(seen).toBe('system Be brief. user Sunny. assistant weather Seoul. tool yesc1. ');
  });

  test('streams messages that add up to the answer', async () => {
    const expected = await model.generate(prompt, { maxNewTokens });
    const tokens: string[] = [];
    const callbacks = [{ handleLLMNewToken: (token: string) => void tokens.push(token) }];
    let whole: Awaited<ReturnType<ChatHeadwise['invoke']>> | undefined;
    for await (const chunk of await writer().stream(prompt, { callbacks }))
      whole = whole?.concat(chunk) ?? chunk;
    expect(whole?.content).toBe(expected.text);
    expect(whole).toMatchObject({ usage_metadata: { output_tokens: maxNewTokens } });
    expect(whole?.response_metadata.finish_reason).toBe('length');
    expect(tokens.join('')).toBe(expected.text);
  });

  test('has options of one call, and strings that end the text', async () => {
    const sampled = { temperature: 0.9, topK: 40, seed: 7 };
    const answer = await writer().invoke(prompt, { ...sampled, maxNewTokens: 8 });
    expect(answer.content).toBe((await model.generate(prompt, { ...sampled, maxNewTokens: 8 })).text);
    const stopped = await writer({ stopStrings: ['.'] }).invoke(prompt, { stop: ['little'] });
    expect(stopped.content).toBe((await model.generate(prompt, { stopStrings: ['little'] })).text);
    expect(stopped.response_metadata.finish_reason).toBe('stop');
  });

  test('ends when it is aborted, and when the stream is left', async () => {
    const controller = new AbortController();
    let tokens = 0;
    const counting = writer({
      maxNewTokens: 200,
      onToken: () => {
        if (++tokens === 3) controller.abort();
      },
    });
    await expect(counting.invoke(prompt, { signal: controller.signal })).rejects.toThrow(/abort/i);
    for await (const _ of await counting.stream(prompt)) break;
    await model.generate('The', { maxNewTokens: 5 });
    expect(tokens).toBeLessThan(60);
  });

  test('answers from a cache only what it has answered with the same options', async () => {
    let computed = 0;
    const cache = new InMemoryCache();
    const cached = (more: object = {}) =>
      new ChatHeadwise({
        model,
        cache,
        options: { maxNewTokens: 4, onToken: () => void computed++, ...more },
      });
    const first = await cached().invoke(prompt);
    expect((await cached().invoke(prompt)).content).toBe(first.content);
    expect(computed).toBe(4);
    await cached({ noRepeatNgramSize: 1 }).invoke(prompt);
    expect(computed).toBe(8);
  });

  test('tells traces and callbacks of its options, its usage and the reason of the end', async () => {
    const traced: unknown[] = [];
    const callbacks = [
      {
        handleChatModelStart: (...all: unknown[]) => traced.push(all[4], all[6]),
        handleLLMEnd: ({ llmOutput, generations }: LLMResult) =>
          traced.push(llmOutput, generations[0]?.[0]?.generationInfo),
      },
    ];
    await writer().invoke(prompt, { callbacks, temperature: 0, stop: ['no such text'] });
    const tokenUsage = { promptTokens: 5, completionTokens: maxNewTokens, totalTokens: 5 + maxNewTokens };
    const [info, metadata, ...end] = traced;
    expect(info).toMatchObject({
      invocation_params: { maxNewTokens, temperature: 0, stop: ['no such text'] },
    });
    expect(metadata).toMatchObject({
      ls_provider: 'headwise',
      ls_model_name: 'llama',
      ls_temperature: 0,
      ls_max_tokens: maxNewTokens,
      ls_stop: ['no such text'],
    });
    expect(end).toEqual([{ tokenUsage }, { finish_reason: 'length' }]);
    traced.length = 0;
    for await (const _ of await writer().stream(prompt, { callbacks }));
    expect(traced.at(-1)).toEqual({ finish_reason: 'length' });
    const { llmOutput } = await writer().generate([[new HumanMessage(prompt)], [new HumanMessage(prompt)]]);
    expect(llmOutput).toEqual({
      tokenUsage: Object.fromEntries(Object.entries(tokenUsage).map(([name, count]) => [name, 2 * count])),
    });
  });

  test("counts tokens by the model's own tokenizer", async () => {
    expect(await writer().getNumTokens(prompt)).toBe(4);
    expect(await writer().getNumTokens([{ type: 'text', text: prompt }])).toBe(4);
  });

  test('gives an encoder–decoder the message as its source', async () => {
    const answer = await new ChatHeadwise({ model: translator }).invoke('File not found.');
    expect(answer.content).toBe((await translator.generate('File not found.')).text);
  });

  test.each([
    [
      'conversations without a template',
      () =>
        writer().invoke([
          ['ai', 'a'],
          ['human', 'b'],
        ]),
      'no chat template',
    ],
    [
      'pictures',
      () => chat().invoke([new HumanMessage({ content: [{ type: 'image_url', image_url: 'data:,' }] })]),
      'content of type image_url',
    ],
  ] as const)('refuses %s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  test.each([
    [{ model: () => model, options: { max_gnu: 1 } }, 'unknown option max_gnu'],
    [{ model: () => model, temperature: 0.5 }, 'temperature belongs into the field options'],
    [{ model: () => model, maxTokens: 5 }, 'unknown option maxTokens'],
    [{ model: () => model, verbose: 'yes' }, 'verbose must be a boolean'],
    [{ model: () => 'org/name' }, 'needs a loaded model: await loadCausalLM(…)'],
    [{ model: () => Promise.resolve(model) }, 'a promise of one'],
    [{ model: () => undefined }, 'got undefined'],
  ])('refuses the fields %o when it is made', ({ model, ...fields }, message) => {
    expect(() => new ChatHeadwise({ model: model(), ...fields } as never)).toThrow(message);
  });

  test('takes the fields of all chat models', async () => {
    const fields = { maxConcurrency: 1, maxRetries: 0, tags: ['a'], metadata: { b: 1 }, verbose: false };
    const chain = new ChatHeadwise({
      model,
      options: { maxNewTokens: 3 },
      ...fields,
      disableStreaming: true,
    });
    const pieces: unknown[] = [];
    for await (const { content } of await chain.stream(prompt)) pieces.push(content);
    expect(pieces).toHaveLength(1);
    expect(() => new ChatHeadwise(undefined as never)).toThrow('options must be an object');
  });
});
