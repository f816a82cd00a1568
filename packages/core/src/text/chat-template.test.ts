import { describe, expect, test } from 'vitest';
import { ConfigError, TemplateError } from '../errors.ts';
import { ChatTemplate } from './chat-template.ts';

/** Qwen's and many others' (ChatML). */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Llama 2's, in short: turns have to take turns. */
const LLAMA =
  "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" +
  "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}" +
  "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + message['content'].strip() + ' [/INST]' }}" +
  "{% else %}{{ ' ' + message['content'] + ' ' + eos_token }}{% endif %}{% endfor %}";

const TOOLS = '{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}{{ messages[0].content }}';

const config = { bos_token: '<s>', eos_token: { content: '</s>', lstrip: false }, pad_token: null };
const messages = [
  { role: 'user', content: '안녕? ' },
  { role: 'assistant', content: 'Hello.' },
];

describe('a chat template', () => {
  test('writes a conversation and begins the answer', () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: CHATML } })!;
    expect(template.render([{ role: 'system', content: 'Be brief.' }, messages[0]!])).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n안녕? <|im_end|>\n<|im_start|>assistant\n',
    );
    expect(template.render([messages[0]!], { addGenerationPrompt: false })).toBe(
      '<|im_start|>user\n안녕? <|im_end|>\n',
    );
    expect(template.render([])).toBe('<|im_start|>assistant\n');
  });

  test('sees the special tokens, however they are written', () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { ...config, chat_template: LLAMA } })!;
    expect(template.render(messages)).toBe('<s>[INST] 안녕? [/INST] Hello. </s>');
  });

  test('refuses messages in its own words', () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { ...config, chat_template: LLAMA } })!;
    const wrong = () => template.render([messages[1]!]);
    expect(wrong).toThrow(TemplateError);
    expect(wrong).toThrow('Conversation roles must alternate user/assistant/user/assistant/...');
  });

  test('is chosen among several, for tools or by its name', () => {
    const template = ChatTemplate.fromFiles({
      tokenizerConfigJson: {
        chat_template: [
          { name: 'default', template: 'plain {{ messages[0].content }}' },
          { name: 'tool_use', template: TOOLS },
          { name: 'shout', template: '{{ messages[0].content | upper }}{{ mark }}' },
        ],
      },
    })!;
    expect(template.names).toEqual(['default', 'tool_use', 'shout']);
    const hello = [{ role: 'user', content: 'hello' }];
    expect(template.render(hello)).toBe('plain hello');
    const tools = [{ type: 'function', function: { name: 'now' } }];
    expect(template.render(hello, { tools })).toBe(
      '{"type": "function", "function": {"name": "now"}}\nhello',
    );
    expect(template.render(hello, { template: 'shout', variables: { mark: '!' } })).toBe('HELLO!');
    expect(() => template.render(hello, { template: 'rag' })).toThrow(
      'there is none named "rag"; there are default, tool_use, shout',
    );
  });

  test('of chat_template.jinja goes before that of tokenizer_config.json', () => {
    const files = { tokenizerConfigJson: { chat_template: 'old' }, chatTemplate: 'new' };
    expect(ChatTemplate.fromFiles(files)!.render([])).toBe('new');
    expect(ChatTemplate.fromSource('{{ bos_token }}!', { bos_token: '<s>' }).render([])).toBe('<s>!');
  });

  test('may be absent', () => {
    expect(ChatTemplate.fromFiles({})).toBeUndefined();
    expect(ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: null } })).toBeUndefined();
  });

  test.each([
    ['{% for message in messages %}', 'it cannot be read'],
    ['{{ nothing() }}', 'chat template: '],
    ['{{ messages | nosuchfilter }}', 'nosuchfilter'],
  ])('that is broken is an error: %s', (source, words) => {
    const render = () => ChatTemplate.fromSource(source).render(messages);
    expect(render).toThrow(TemplateError);
    expect(render).toThrow(words);
  });

  test.each([7, [], [{ name: 'default' }], ['plain']])('cannot be %j', (value) => {
    const make = () => ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: value } });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow('chat_template must be');
  });

  test('takes nothing but messages', () => {
    const template = ChatTemplate.fromSource(CHATML);
    expect(() => template.render('hello' as never)).toThrow('messages must be an array');
    expect(() => template.render([{ content: 'hello' } as never])).toThrow('message 0 must be an object');
  });
});
