// A conversation: each answer is streamed, and the next turn computes its new tokens alone, as the keys and values of earlier turns are kept. The model
// is no chat model but a writer of stories, so that its template joins the turns to one story; chat models have a template of their own.
import { type ChatMessage, loadCausalLM } from '@headwise/core';

const model = await loadCausalLM('https://example.com/stories15M.bin');
const chatTemplate = `{% for message in messages %}{{ message.content | trim }} {% endfor %}`;
const messages: ChatMessage[] = [];

for (const content of [
  'Tom had a small red boat.',
  'Then it began to rain.',
  'In the evening Tom went home.',
]) {
  messages.push({ role: 'user', content });
  const stream = model.streamChat(messages, { chatTemplate, stopStrings: ['.'], maxNewTokens: 40 });
  let answer = '';
  let next = await stream.next();
  for (; !next.done; next = await stream.next()) answer += next.value.text;
  const { promptIds, cachedTokens } = next.value;
  messages.push({ role: 'assistant', content: `${answer.trim()}.` });
  console.log(`> ${content}\n${answer.trim()}. (${promptIds.length} tokens, ${cachedTokens} of them kept)`);
}
await model.dispose();

// Prints:
// > Tom had a small red boat.
// One day, Tom went to the park with his boat. (8 tokens, 0 of them kept)
// > Then it began to rain.
// Tom said, "Oh no! I need to go home. (26 tokens, 7 of them kept)
// > In the evening Tom went home.
// Tom's boat was wet and he was sad. (46 tokens, 25 of them kept)
