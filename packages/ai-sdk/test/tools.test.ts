import type { CausalLM } from '@headwise/core';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedAnswers } from '../../core/test/helpers/scripted-answers.ts';
import { type LanguageModelOptions, languageModel } from '../src/index.ts';
import { CONCATENATED, loadStories } from './models.ts';

let writer: CausalLM;
beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  writer = await loadStories();
});
afterAll(() => writer.dispose());

/** Tools, messages, and the calls and results among them. */
const chatTemplate =
  '{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}[{{ m.role }}]{% for c in m.tool_calls %}{{ c | tojson }}{% endfor %}{{ m.content }}{% endfor %}';

/** A model that answers with texts of the test's. */
function scripted(answer: (prompt: string) => string, options: LanguageModelOptions = { chatTemplate }) {
  const { prompts, processor } = scriptedAnswers(writer.tokenizer, answer);
  return { prompts, model: languageModel(writer, { ...options, logitsProcessors: [processor] }) };
}

const definition = {
  description: 'The weather',
  inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
};
const weather = tool({ ...definition, execute: ({ city }) => `sun over ${city}` });
const tools = { weather };
const prompt = 'How is it in Seoul?';
const called = { toolName: 'weather', input: { city: 'Seoul' } };

const FORMATS = [
  [
    'Hermes and Qwen',
    'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Seoul"}}\n</tool_call>',
  ],
  ['Llama 3.1', '{"name": "weather", "parameters": {"city": "Seoul"}}'],
  ['Mistral', '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Seoul"}}]'],
] as const;

describe.each(FORMATS)('calls of tools as %s write them', (_, call) => {
  const text = call.startsWith('Let') ? 'Let me see.\n' : '';

  test('are parts of the result', async () => {
    const { model, prompts } = scripted(() => call);
    const result = await generateText({ model, prompt, tools });
    expect(result.toolCalls).toMatchObject([called]);
    expect(result.text).toBe(text);
    expect([result.finishReason, result.warnings]).toEqual(['tool-calls', []]);
    // What the template was given.
    expect(prompts[0]).toContain(
      '{"type": "function", "function": {"name": "weather", "description": "The weather"',
    );
    expect(prompts[0]).toContain('"properties": {"city": {"type": "string"}}');
  });

  test('are run, and their results are given to the model', async () => {
    const { model, prompts } = scripted((prompt) => (prompt.includes('[tool]') ? 'It is sunny.' : call));
    const result = await generateText({ model, prompt, tools, stopWhen: isStepCount(3) });
    expect(result.text).toBe('It is sunny.');
    expect(result.finishReason).toBe('stop');
    expect(result.steps).toHaveLength(2);
    expect(prompts[1]).toContain('[tool]sun over Seoul');
    expect(prompts[1]).toContain('"name": "weather"');
  });

  test('are streamed', async () => {
    const { model } = scripted(() => call);
    const result = streamText({ model, prompt, tools: { weather: tool(definition) } });
    const types: string[] = [];
    for await (const { type } of result.fullStream) if (type !== types.at(-1)) types.push(type);
    expect(types.filter((type) => /^(text|tool)-/.test(type))).toEqual([
      ...(text ? ['text-start', 'text-delta', 'text-end'] : []),
      ...['tool-input-start', 'tool-input-delta', 'tool-input-end', 'tool-call'],
    ]);
    expect(await result.toolCalls).toMatchObject([called]);
    expect(await result.text).toBe(text);
    expect(await result.finishReason).toBe('tool-calls');
  });
});

test('JSON that is no call, and a call without tools, are text', async () => {
  const json = '{"city": "Seoul"}';
  expect((await generateText({ model: scripted(() => json).model, prompt, tools })).text).toBe(json);
  const { text, finishReason } = await generateText({ model: scripted(() => FORMATS[1][1]).model, prompt });
  expect([text, finishReason]).toEqual([FORMATS[1][1], 'stop']);
});

test('the choice of tools decides what the model is told of', async () => {
  const answer = () => 'Hello.';
  const both = { weather, time: weather };
  const none = scripted(answer);
  await generateText({ model: none.model, prompt, tools: both, toolChoice: 'none' });
  expect(none.prompts[0]).not.toContain('weather');
  const one = scripted(() => '{"name": "time", "parameters": {}}');
  const choice = { type: 'tool', toolName: 'time' } as const;
  const { warnings } = await generateText({ model: one.model, prompt, tools: both, toolChoice: choice });
  expect(one.prompts[0]).toContain('"name": "time"');
  expect(one.prompts[0]).not.toContain('"name": "weather"');
  expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'toolChoice' }]);
});

test.each([
  ['a template that takes none', { chatTemplate: CONCATENATED }],
  ['no template', {}],
])('tools are a warning with %s', async (_, options) => {
  const { model, prompts } = scripted(() => 'Hello.', options);
  const { text, warnings } = await generateText({ model, prompt, tools });
  expect(text.trim()).toBe('Hello.');
  expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'tools' }]);
  expect(prompts[0]).toContain(prompt);
});

test('tools of other providers are a warning', async () => {
  const { model } = scripted(() => 'Hello.');
  const { warnings } = await model.doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    tools: [
      { type: 'provider', id: 'other.search', name: 'search', args: {} },
      { type: 'function', name: 'weather', inputSchema: { type: 'object' } },
    ],
  });
  expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'provider tools' }]);
});
