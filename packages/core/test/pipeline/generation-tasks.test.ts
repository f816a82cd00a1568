import { describe, expect, expectTypeOf, it } from 'vitest';
import { type ChatMessage, type Generation, loadCausalLM, loadSeq2SeqLM } from '../../src/index.ts';
import { type GeneratedText, pipeline } from '../../src/pipeline.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

const chatTemplate = '{% for message in messages %}{{ message.content }}{% endfor %}';
const decoder = tinyDecoderFiles('llama', { 'chat_template.jinja': chatTemplate });
const writer = await loadCausalLM(decoder);
const source = tinySeq2SeqFiles('t5');
const translator = await loadSeq2SeqLM(source);
const textsOf = (generation: Generation) =>
  [generation, ...(generation.alternatives ?? [])].map(({ text }) => text);

describe('text-generation', () => {
  it('returns the prompt with its continuation, or that alone', async () => {
    const generate = await pipeline('text-generation', decoder);
    const [one, two] = await writer.generate(['abc', 'xyz'], { maxNewTokens: 5 });
    const output = await generate('abc', { max_new_tokens: 5 });
    expectTypeOf(output).toEqualTypeOf<GeneratedText[]>();
    expect(output).toEqual([{ generated_text: `abc${one!.text}` }]);
    expect(await generate('abc', { max_new_tokens: 5, return_full_text: false })).toEqual([
      { generated_text: one!.text },
    ]);
    expect(await generate(['abc', 'xyz'], { maxNewTokens: 5 })).toEqual([
      [{ generated_text: `abc${one!.text}` }],
      [{ generated_text: `xyz${two!.text}` }],
    ]);
  });

  it('counts max_length with the prompt, and each prompt by itself', async () => {
    const generate = await pipeline('text-generation', decoder);
    const [one, two] = [
      await writer.generate('abc', { maxNewTokens: 7 }),
      await writer.generate('abcdef', { maxNewTokens: 4 }),
    ];
    expect(await generate('abc', { max_length: 10, pad_token_id: 0, use_cache: true })).toEqual([
      { generated_text: `abc${one.text}` },
    ]);
    expect(await generate(['abc', 'abcdef'], { max_length: 10 })).toEqual([
      [{ generated_text: `abc${one.text}` }],
      [{ generated_text: `abcdef${two.text}` }],
    ]);
    expect(await generate('abc', { max_length: 2, max_new_tokens: 7 })).toEqual([
      { generated_text: `abc${one.text}` },
    ]);
    await expect(generate('abc', { max_length: 3 })).rejects.toThrow('which has 3 tokens, got 3');
    await expect(generate('abc', { max_length: 0.5 })).rejects.toThrow('max_length must be a whole number');
    await expect(generate([{ role: 'user', content: 'a' }], { max_length: 9 })).rejects.toThrow(
      'max_new_tokens',
    );
  });

  it('samples and returns several texts', async () => {
    const generate = await pipeline('text-generation', writer);
    const output = await generate('abc', {
      max_new_tokens: 4,
      do_sample: true,
      top_k: 5,
      temperature: 0.9,
      seed: 3,
      num_return_sequences: 3,
    });
    const expected = await writer.generate('abc', {
      maxNewTokens: 4,
      topK: 5,
      temperature: 0.9,
      seed: 3,
      numReturnSequences: 3,
    });
    expect(output.map(({ generated_text }) => generated_text)).toEqual(
      textsOf(expected).map((text) => `abc${text}`),
    );
  });

  it('answers conversations', async () => {
    const generate = await pipeline('text-generation', writer);
    const messages: ChatMessage[] = [
      { role: 'user', content: 'ab' },
      { role: 'assistant', content: 'c' },
    ];
    const { text } = await writer.chat(messages, { maxNewTokens: 5 });
    const whole = [{ generated_text: [...messages, { role: 'assistant', content: text }] }];
    expect(await generate(messages, { max_new_tokens: 5 })).toEqual(whole);
    expect(await generate([messages, messages], { max_new_tokens: 5 })).toEqual([whole, whole]);
    const chat_template = '{{ messages[0].content }}';
    const first = await generate(messages, { max_new_tokens: 5, chat_template });
    const other = await writer.chat(messages, { maxNewTokens: 5, chatTemplate: chat_template });
    expect(first[0]!.generated_text.at(-1)).toEqual({ role: 'assistant', content: other.text });
  });

  it('refuses what it cannot read', async () => {
    const generate = await pipeline('text-generation', writer);
    await expect(generate(7 as never)).rejects.toThrow('expected a string');
    await expect(generate('a', { streamer: {} } as object)).rejects.toThrow('pipe.model.stream');
    await expect(generate('a', { return_full_text: 1 } as object)).rejects.toThrow('return_full_text');
  });
});

describe('encoder–decoders', () => {
  const config = JSON.stringify({
    ...tinySeq2SeqConfig('t5'),
    task_specific_params: {
      summarization: { prefix: 'sum ' },
      translation_en_to_de: { prefix: 'de ' },
      translation_en_to_fr: { prefix: 'fr ' },
    },
  });
  const withTasks = { ...source, 'config.json': config };

  it('return a text for each source', async () => {
    const generate = await pipeline('text2text-generation', translator);
    const expected = await translator.generate(['abc', 'xyz'], { maxNewTokens: 6 });
    expect(await generate(['abc', 'xyz'], { max_new_tokens: 6 })).toEqual(
      expected.map(({ text }) => ({ generated_text: text })),
    );
    expect(await generate('abc', { max_new_tokens: 6 })).toEqual([{ generated_text: expected[0]!.text }]);
  });

  it('count max_length with the start of the decoder', async () => {
    const generate = await pipeline('text2text-generation', translator);
    const { text } = await translator.generate('abc', { maxNewTokens: 4 });
    expect(await generate('abc', { max_length: 5 })).toEqual([{ generated_text: text }]);
    await expect(generate('abc', { max_length: 1 })).rejects.toThrow('which has 1 tokens, got 1');
  });

  it('summarize with the prefix of the model', async () => {
    const summarize = await pipeline('summarization', withTasks);
    const { text } = await translator.generate('sum abc', { maxNewTokens: 6 });
    expect(await summarize('abc', { max_new_tokens: 6 })).toEqual([{ summary_text: text }]);
  });

  it('translate between the languages of the call or of the task', async () => {
    const translate = await pipeline('translation', withTasks);
    const of = async (source: string) => (await translator.generate(source, { maxNewTokens: 6 })).text;
    const options = { max_new_tokens: 6, src_lang: 'en', tgt_lang: 'de' };
    expect(await translate('abc', options)).toEqual([{ translation_text: await of('de abc') }]);
    const french = await pipeline('translation_en_to_fr', withTasks);
    expect(french.task).toBe('translation');
    expect(await french(['abc'], { max_new_tokens: 6 })).toEqual([{ translation_text: await of('fr abc') }]);
  });
});
