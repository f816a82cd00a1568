import type { CausalLM } from '@headwise/core';
import { type AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedAnswers } from '../../core/test/helpers/scripted-answers.ts';
import { ChatHeadwise } from '../src/index.ts';
import { CONCATENATED, loadStories } from './models.ts';

let model: CausalLM;
beforeAll(async () => {
  model = await loadStories();
});
afterAll(() => model.dispose());

const chatTemplate =
  '{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}';

/** A model that answers with texts of the test's. */
function scripted(answer: (prompt: string) => string) {
  const { prompts, processor } = scriptedAnswers(model.tokenizer, answer);
  const chat = new ChatHeadwise({ model, options: { chatTemplate, logitsProcessors: [processor] } });
  return { prompts, chat };
}

const schema = { type: 'object', properties: { city: { type: 'string' } } } as const;
const weather = tool((input) => `sun over ${(input as { city: string }).city}`, {
  name: 'weather',
  description: 'The weather',
  schema,
});
const time = tool(() => 'noon', { name: 'time', description: 'The time', schema });
const call = 'Let me see.\n<tool_call>{"name": "weather", "arguments": {"city": "Seoul"}}</tool_call>';
const question = 'How is it in Seoul?';
const answer = (prompt: string) => (prompt.includes('[tool]') ? 'It is sunny.' : call);

describe('bindTools', () => {
  test('gives calls, whose results the model is given', async () => {
    const { chat, prompts } = scripted(answer);
    const bound = chat.bindTools([weather]);
    const asked = await bound.invoke(question);
    expect(asked.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Seoul' }, type: 'tool_call' }]);
    expect(asked.content).toBe('Let me see.\n');
    expect(prompts[0]).toContain('"name": "weather", "description": "The weather"');
    const [first] = asked.tool_calls!;
    const content = await weather.invoke(first!.args);
    const result = new ToolMessage({ tool_call_id: first!.id!, content });
    const told = await bound.invoke([new HumanMessage(question), asked, result]);
    expect(told.content).toBe('It is sunny.');
    expect(told.tool_calls).toEqual([]);
    expect(prompts[1]).toContain('[tool]sun over Seoul');
  });

  test('streams calls', async () => {
    const chunks: AIMessageChunk[] = [];
    for await (const chunk of await scripted(answer).chat.bindTools([weather]).stream(question))
      chunks.push(chunk);
    const whole = chunks.reduce((sum, chunk) => sum.concat(chunk));
    expect(whole.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Seoul' } }]);
    expect(whole.content).toBe('Let me see.\n');
    expect(chunks.at(-1)).toMatchObject({ usage_metadata: { output_tokens: expect.any(Number) } });
  });

  test('tells the model of the tools that tool_choice leaves', async () => {
    const { chat, prompts } = scripted(() => 'Hello.');
    await chat.bindTools([weather, time], { tool_choice: 'time' }).invoke(question);
    expect(prompts[0]).not.toContain('"weather"');
    expect(prompts[0]).toContain('"time"');
    await chat.bindTools([weather], { tool_choice: 'none' }).invoke(question);
    expect(prompts[1]).not.toContain('"weather"');
    const all = chat.bindTools([weather], { tool_choice: 'any' }).invoke(question);
    await expect(all).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  test('is refused for a template that takes none', async () => {
    const chat = new ChatHeadwise({ model, options: { chatTemplate: CONCATENATED } });
    await expect(chat.bindTools([weather]).invoke(question)).rejects.toThrow('has no variable tools');
  });
});
