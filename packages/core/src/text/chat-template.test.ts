import { describe, expect, test } from 'vitest';
import { ConfigError, TemplateError } from '../errors.ts';
import { ChatTemplate } from './chat-template.ts';

/** ChatML, as used by Qwen. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Llama 2's, shortened: roles must alternate. */
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

describe('ChatTemplate', () => {
  test('render formats a conversation and appends the generation prompt', async () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: CHATML } })!;
    await expect(template.render([{ role: 'system', content: 'Be brief.' }, messages[0]!])).resolves.toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n안녕? <|im_end|>\n<|im_start|>assistant\n',
    );
    await expect(template.render([messages[0]!], { addGenerationPrompt: false })).resolves.toBe(
      '<|im_start|>user\n안녕? <|im_end|>\n',
    );
    await expect(template.render([])).resolves.toBe('<|im_start|>assistant\n');
  });

  test('render passes special tokens given as strings or objects', async () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { ...config, chat_template: LLAMA } })!;
    await expect(template.render(messages)).resolves.toBe('<s>[INST] 안녕? [/INST] Hello. </s>');
  });

  test('render throws TemplateError with the message of raise_exception', async () => {
    const template = ChatTemplate.fromFiles({ tokenizerConfigJson: { ...config, chat_template: LLAMA } })!;
    const wrong = () => template.render([messages[1]!]);
    await expect(wrong()).rejects.toThrow(TemplateError);
    await expect(wrong()).rejects.toThrow(
      'Conversation roles must alternate user/assistant/user/assistant/...',
    );
  });

  test('render selects one of several templates by name or because tools are given', async () => {
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
    await expect(template.render(hello)).resolves.toBe('plain hello');
    const tools = [{ type: 'function', function: { name: 'now' } }];
    await expect(template.render(hello, { tools })).resolves.toBe(
      '{"type": "function", "function": {"name": "now"}}\nhello',
    );
    await expect(template.render(hello, { template: 'shout', variables: { mark: '!' } })).resolves.toBe(
      'HELLO!',
    );
    await expect(template.render(hello, { template: 'rag' })).rejects.toThrow(
      'no template is named "rag"; available: default, tool_use, shout',
    );
  });

  test('fromFiles prefers chat_template.jinja to tokenizer_config.json', async () => {
    const files = { tokenizerConfigJson: { chat_template: 'old' }, chatTemplate: 'new' };
    await expect(ChatTemplate.fromFiles(files)!.render([])).resolves.toBe('new');
    await expect(ChatTemplate.fromSource('{{ bos_token }}!', { bos_token: '<s>' }).render([])).resolves.toBe(
      '<s>!',
    );
  });

  test('fromFiles uses no template of tokenizer_config.json when there are files', () => {
    const tokenizerConfigJson = { chat_template: [{ name: 'rag', template: 'old' }] };
    const files = {
      tokenizerConfigJson,
      chatTemplate: 'new',
      additionalChatTemplates: { tool_use: 'tools' },
    };
    expect(ChatTemplate.fromFiles(files)!.names.toSorted()).toEqual(['default', 'tool_use']);
    expect(ChatTemplate.fromFiles({ tokenizerConfigJson })!.names).toEqual(['rag']);
  });

  // Wanted values: apply_chat_template of transformers 5.17.0.
  test('fromFiles gives every special token that has a name to templates', async () => {
    const chat_template =
      '{{ bos_token }}|{{ eos_token }}|{{ image_token }}|{{ boi_token }}|{{ x }}|{{ pad_token }}';
    const template = ChatTemplate.fromFiles({
      tokenizerConfigJson: {
        chat_template,
        bos_token: '<s>',
        eos_token: { __type: 'AddedToken', content: '</s>' },
        image_token: '<img>',
        pad_token: null,
        other_token: 7,
        extra_special_tokens: { boi_token: '<boi>', x: 'b' },
      },
    });
    await expect(template!.render([])).resolves.toBe('<s>|</s>|<img>|<boi>|b|');
  });

  test('fromFiles takes named templates as an object, and a file named default before chat_template.jinja', async () => {
    const tokenizerConfigJson = { chat_template: { default: 'one', other: 'two' } };
    const named = ChatTemplate.fromFiles({ tokenizerConfigJson })!;
    await expect(named.render([], { template: 'other' })).resolves.toBe('two');
    const files = { chatTemplate: 'J', additionalChatTemplates: { default: 'AD' } };
    await expect(ChatTemplate.fromFiles(files)!.render([])).resolves.toBe('AD');
  });

  test('fromFiles returns undefined when there is no template', () => {
    expect(ChatTemplate.fromFiles({})).toBeUndefined();
    expect(ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: null } })).toBeUndefined();
  });

  test.each([
    ['{% for message in messages %}', 'syntax error'],
    ['{{ nothing() }}', 'chat template: '],
    ['{{ messages | nosuchfilter }}', 'nosuchfilter'],
  ])('render throws TemplateError when the template is invalid: %s', async (source, words) => {
    const render = () => ChatTemplate.fromSource(source).render(messages);
    await expect(render()).rejects.toThrow(TemplateError);
    await expect(render()).rejects.toThrow(words);
  });

  test.each([7, [], [{ name: 'default' }], ['plain']])(
    'fromFiles throws ConfigError when chat_template is %j',
    (value) => {
      const make = () => ChatTemplate.fromFiles({ tokenizerConfigJson: { chat_template: value } });
      expect(make).toThrow(ConfigError);
      expect(make).toThrow('chat_template must be');
    },
  );

  test('render throws ConfigError when messages are invalid', async () => {
    const template = ChatTemplate.fromSource(CHATML);
    await expect(template.render('hello' as never)).rejects.toThrow('messages must be an array');
    await expect(template.render([{ content: 'hello' } as never])).rejects.toThrow(
      'message 0 must be an object',
    );
  });
});
