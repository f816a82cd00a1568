import type { CausalLM, Seq2SeqLM } from '@headwise/core';
import { generateText, type ModelMessage, streamText } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { languageModel } from '../src/index.ts';
import { CONCATENATED, loadStories, loadTranslator } from './models.ts';

let writer: CausalLM;
let translator: Seq2SeqLM;
beforeAll(async () => {
  [writer, translator] = await Promise.all([loadStories(), loadTranslator()]);
});
afterAll(() => Promise.all([writer.dispose(), translator.dispose()]));

const prompt = 'Once upon a time';
const LENGTH = 16;
const templated = () => languageModel(writer, { chatTemplate: CONCATENATED });

describe('generateText', () => {
  test('continues the prompt as the model does', async () => {
    const expected = await writer.generate(prompt, { maxNewTokens: LENGTH });
    const model = languageModel(writer, { modelId: 'stories' });
    const { text, finishReason, rawFinishReason, usage, warnings } = await generateText({
      model,
      prompt,
      maxOutputTokens: LENGTH,
    });
    expect(text).toBe(expected.text);
    expect([finishReason, rawFinishReason]).toEqual(['length', 'length']);
    const { length } = expected.promptIds;
    expect(usage).toMatchObject({
      inputTokens: length,
      outputTokens: LENGTH,
      totalTokens: length + LENGTH,
    });
    expect(usage.inputTokenDetails.cacheReadTokens).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  test('ends at a stop sequence', async () => {
    const call = { model: languageModel(writer), prompt, maxOutputTokens: 60 };
    const { text, finishReason } = await generateText({ ...call, stopSequences: ['.'] });
    expect(text).toBe((await writer.generate(prompt, { stopStrings: ['.'] })).text);
    expect(finishReason).toBe('stop');
    const both = await generateText({
      ...call,
      model: languageModel(writer, { stopStrings: ['girl'] }),
      stopSequences: ['little'],
    });
    expect(both.text).toBe((await writer.generate(prompt, { stopStrings: ['little'] })).text);
  });

  test('says where the context ends the text', async () => {
    const { finishReason, rawFinishReason } = await generateText({
      model: languageModel(writer),
      prompt: 'The cat sat on the mat. '.repeat(31),
      maxOutputTokens: 40,
    });
    expect([finishReason, rawFinishReason]).toEqual(['length', 'context']);
  });

  test('samples as the options say, and the seed repeats it', async () => {
    const options = { temperature: 0.9, topP: 0.95, topK: 40, seed: 7 };
    const call = { model: languageModel(writer), prompt, maxOutputTokens: LENGTH };
    const { text } = await generateText({ ...call, ...options });
    const sampled = { maxNewTokens: LENGTH, ...options };
    expect(text).toBe((await writer.generate(prompt, sampled)).text);
    const negative = await generateText({ ...call, ...options, seed: -7 });
    expect(negative.text).toBe((await writer.generate(prompt, { ...sampled, seed: 2 ** 32 - 7 })).text);
    expect(negative.text).not.toBe(text);
    const greedy = await generateText({ ...call, seed: 7 });
    expect(greedy.text).toBe((await writer.generate(prompt, { maxNewTokens: LENGTH })).text);
    expect(() => languageModel(writer, { topP: 7 })).toThrow('topP');
  });

  test('has penalties for what was generated', async () => {
    const call = { model: languageModel(writer), prompt, maxOutputTokens: LENGTH };
    const { text } = await generateText({ ...call, frequencyPenalty: 2, presencePenalty: 1 });
    const expected = await writer.generate(prompt, {
      maxNewTokens: LENGTH,
      logitsProcessors: [
        (scores, { ids, promptLength }) => {
          for (let id = 0; id < scores.length; id++) {
            const times = ids.filter((one, at) => at >= promptLength && one === id).length;
            scores[id]! -= 2 * times + (times > 0 ? 1 : 0);
          }
        },
      ],
    });
    expect(text).toBe(expected.text);
  });

  test('formats messages with the chat template', async () => {
    const messages: ModelMessage[] = [
      { role: 'user', content: 'Once ' },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: 'upon ' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: ' time' },
        ],
      },
    ];
    const call = { maxOutputTokens: LENGTH, model: templated() };
    const { text } = await generateText({ ...call, messages });
    const expected = await writer.chat([{ role: 'user', content: prompt }], {
      chatTemplate: CONCATENATED,
      maxNewTokens: LENGTH,
    });
    expect(text).toBe(expected.text);
    const withSystem = await generateText({ ...call, system: 'Once ', prompt: 'upon a time' });
    expect(withSystem.text).toBe(expected.text);
  });

  test('passes calls of tools and their results to the template', async () => {
    const chatTemplate =
      '{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments.city }}{% endfor %}{{ m.content }}{{ m.tool_call_id }}{% endfor %}';
    const seen: string[] = [];
    const { tokenizer } = writer;
    const model = languageModel(writer, {
      chatTemplate,
      maxNewTokens: 1,
      logitsProcessors: [
        (_, { ids, promptLength }) => {
          seen.push(tokenizer.decode(Int32Array.from(ids.slice(0, promptLength))));
        },
      ],
    });
    const callPart = {
      type: 'tool-call',
      toolCallId: 'c1',
      toolName: 'weather',
      input: { city: 'Seoul' },
    } as const;
    await generateText({
      model,
      messages: [
        { role: 'user', content: 'How is it?' },
        { role: 'assistant', content: [callPart] },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'c1',
              toolName: 'weather',
              output: { type: 'text', value: 'sun' },
            },
          ],
        },
      ],
    });
    expect(seen[0]).toBe('How is it?weatherSeoulsunc1');
  });

  test('gives an encoder–decoder the prompt as its source', async () => {
    const { text, usage } = await generateText({
      model: languageModel(translator),
      prompt: 'File not found.',
    });
    const expected = await translator.generate('File not found.');
    expect(text).toBe(expected.text);
    expect(usage.inputTokens).toBe(expected.promptIds.length);
  });

  test('warns of what it does not do', async () => {
    globalThis.AI_SDK_LOG_WARNINGS = false;
    const { warnings: others } = await languageModel(writer).doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
      maxOutputTokens: 1,
      responseFormat: { type: 'json' },
      reasoning: 'high',
    });
    expect(others).toMatchObject([{ feature: 'responseFormat' }, { feature: 'reasoning' }]);
  });

  test('has options of core for one call, which core checks', async () => {
    const call = { model: languageModel(writer), prompt, maxOutputTokens: LENGTH, maxRetries: 0 };
    const { text } = await generateText({ ...call, providerOptions: { headwise: { noRepeatNgramSize: 1 } } });
    const expected = await writer.generate(prompt, { maxNewTokens: LENGTH, noRepeatNgramSize: 1 });
    expect(text).toBe(expected.text);
    const wrong = generateText({ ...call, providerOptions: { headwise: { max_gnu: 1 } } });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(() => languageModel(writer, { max_gnu: 1 } as object)).toThrow('unknown option max_gnu');
  });

  test.each([
    ['a conversation without a template', () => languageModel(writer), 'no chat template'],
    ['a conversation with an encoder–decoder', () => languageModel(translator), 'encoder–decoder'],
  ] as const)('refuses %s', async (_, model, message) => {
    const call = generateText({ model: model(), system: 'Be brief.', prompt, maxRetries: 0 });
    await expect(call).rejects.toThrow(message);
  });

  test('refuses what is not a loaded model that generates', () => {
    for (const wrong of [undefined, 'org/name', Promise.resolve(writer), { kind: 'encoder' }])
      expect(() => languageModel(wrong as never)).toThrow(
        'languageModel: needs a loaded model: await loadCausalLM(…)',
      );
  });

  test('refuses files', async () => {
    const data = new Uint8Array([1]);
    const content = [{ type: 'file', data, mediaType: 'image/png' }] as const;
    const call = generateText({ model: templated(), messages: [{ role: 'user', content: [...content] }] });
    await expect(call).rejects.toThrow('got a file (image/png)');
  });

  test('ends when it is aborted', async () => {
    const controller = new AbortController();
    const model = languageModel(writer, { onToken: () => controller.abort() });
    const call = generateText({ model, prompt, abortSignal: controller.signal });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('streamText', () => {
  test('yields the text in pieces, with usage and the reason of its end', async () => {
    const expected = await writer.generate(prompt, { maxNewTokens: LENGTH });
    const result = streamText({ model: languageModel(writer), prompt, maxOutputTokens: LENGTH });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(LENGTH / 2);
    expect(pieces.join('')).toBe(expected.text);
    expect(await result.finishReason).toBe('length');
    expect((await result.usage).outputTokens).toBe(LENGTH);
  });

  test('rejects before the stream for a prompt that is refused', async () => {
    const long = 'time '.repeat(300);
    await expect(
      languageModel(writer).doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: long }] }] }),
    ).rejects.toMatchObject({ code: 'ERR_CONTEXT' });
  });

  test.each(['at once', 'after a piece'])('ends the generation when it is cancelled %s', async (when) => {
    let tokens = 0;
    const model = languageModel(writer, { onToken: () => void tokens++ });
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
      maxOutputTokens: 200,
    });
    const reader = stream.getReader();
    if (when === 'after a piece') for (let i = 0; i < 4; i++) await reader.read();
    await reader.cancel();
    const atCancel = tokens;
    await writer.generate('The', { maxNewTokens: 5 });
    expect(tokens).toBe(atCancel);
    expect(tokens).toBeLessThan(100);
  });

  test('is aborted by its signal', async () => {
    const controller = new AbortController();
    const result = streamText({
      model: languageModel(writer),
      prompt,
      abortSignal: controller.signal,
      maxOutputTokens: 200,
    });
    const types: string[] = [];
    for await (const { type } of result.fullStream) {
      types.push(type);
      if (types.filter((one) => one === 'text-delta').length === 3) controller.abort();
    }
    expect(types.at(-1)).toBe('abort');
    expect(types.filter((type) => type === 'text-delta').length).toBeLessThan(20);
  });
});
