import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../src/index.ts';
import { clientOf, post, small } from './helpers.ts';
import { writeScriptedModel } from './scripted-model.ts';

// The prompt has a token for each letter X. Its length tells what the template was given: tools, the arguments of calls, results.

const chatTemplate =
  "{% for t in tools or [] %}{{ 'XX' if t.function.name == 'weather' else 'XXX' }}{% else %}{{ 'X' * 350 }}{% endfor %}" +
  "{% for m in messages %}{% if m.role == 'tool' and m.content == 'sun' %}{{ 'X' * 250 }}{% endif %}" +
  "{% for c in m.tool_calls %}{{ 'X' * c.function.arguments.city | length }}{% endfor %}{% endfor %}";
const call = (city: string) => `<tool_call>{"name": "weather", "arguments": {"city": "${city}"}}</tool_call>`;
const scripts = {
  350: 'No tools.',
  2: `Let me see.\n${call('Seoul')}\n${call('Busan')}`,
  [2 + 250 + 'Seoul'.length]: 'It is sunny.',
};

let model: Awaited<ReturnType<typeof writeScriptedModel>>;
let server: RunningServer;
let client: OpenAI;

beforeAll(async () => {
  model = await writeScriptedModel(scripts);
  const plain = await small('gpt-mini', { chatTemplate: '{{ messages[0].content }}' });
  server = await startServer([{ id: 'caller', source: model.path, chatTemplate }, plain], {
    port: 0,
    logger: false,
  });
  client = clientOf(server);
});
afterAll(async () => {
  await server?.close();
  await model?.remove();
});

const weather = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
} as const;
const time = { type: 'function', function: { name: 'time' } } as const;
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'How is it in Seoul?' }];
const request = { model: 'caller', messages, temperature: 0, tools: [weather] };
const called = [
  { type: 'function', function: { name: 'weather', arguments: '{"city":"Seoul"}' } },
  { type: 'function', function: { name: 'weather', arguments: '{"city":"Busan"}' } },
];

describe('calls of tools', () => {
  test('are fields of the message', async () => {
    const { choices } = await client.chat.completions.create({ ...request, n: 2 });
    for (const { message, finish_reason } of choices) {
      expect(message.tool_calls).toMatchObject(called);
      expect(message.content).toBe('Let me see.\n\n');
      expect(finish_reason).toBe('tool_calls');
    }
    const ids = choices.flatMap(({ message }) => message.tool_calls!.map(({ id }) => id));
    expect(new Set(ids).size).toBe(4);
  });

  test('are streamed', async () => {
    const stream = client.chat.completions.stream(request);
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    // The client puts the parts together.
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: called, content: text },
    });
    expect(text).toBe('Let me see.\n\n');
  });

  test('and their results are given to the model', async () => {
    const { choices } = await client.chat.completions.create(request);
    const { message } = choices[0]!;
    const [first] = message.tool_calls!;
    const answer = await client.chat.completions.create({
      ...request,
      messages: [
        ...messages,
        { role: 'assistant', content: null, tool_calls: [first!] },
        { role: 'tool', tool_call_id: first!.id, content: 'sun' },
      ],
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'It is sunny.' } });
    expect(answer.choices[0]!.message.tool_calls).toBeUndefined();
  });

  test('are of the tools that tool_choice leaves', async () => {
    const of = async (more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
      (await client.chat.completions.create({ ...request, tools: [weather, time], ...more })).choices[0]!
        .message;
    expect((await of({ tool_choice: 'none' })).content).toBe('No tools.');
    expect(
      (await of({ tool_choice: { type: 'function', function: { name: 'weather' } } })).tool_calls,
    ).toMatchObject(called);
    expect((await of({ tool_choice: 'auto', tools: [weather] })).tool_calls).toMatchObject(called);
  });
});

test.each([
  ['model_not_supported', 'tools', { model: 'gpt-mini' }],
  ['invalid_value', 'tool_choice', { tool_choice: { type: 'function', function: { name: 'other' } } }],
  ['invalid_value', 'tool_choice', { tool_choice: 'required' }],
  ['invalid_value', 'tools.0.function.name', { tools: [{ type: 'function', function: { name: 'a b' } }] }],
  ['invalid_value', 'parallel_tool_calls', { parallel_tool_calls: false }],
  [
    'invalid_value',
    'messages.0.tool_calls.0.function.arguments',
    {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: '1', type: 'function', function: { name: 'a', arguments: '{' } }],
        },
      ],
    },
  ],
])('are refused: %s %s', async (code, param, more) => {
  const response = await post(server, 'chat/completions', { ...request, ...more });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code, param } });
});
