import { loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CausalLM,
  ConfigError,
  ContextLengthError,
  createBackend,
  loadCausalLM,
  scale,
  silence,
  TemplateError,
} from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { backendNames, difference, floats } from '../helpers/fixture.ts';
import { tinyDecoderReference, tinyDecoders } from '../helpers/tiny-decoders.ts';
import { loadTinyCausalLM, tinyDecoderFiles, tinyTokens } from '../helpers/tiny-generators.ts';

const ids = (values: readonly number[]) => Int32Array.from(values);
const endless = { eosTokenId: null } as const;

const VOCABULARY = tinyTokens.length;

/** ln softmax in float64. */
function logSoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0)) + most;
  return values.map((value) => value - total);
}

describe.each(tinyDecoders)('CausalLM with %s', (name) => {
  const { sequences, greedy } = tinyDecoderReference(name);
  const [first] = sequences;
  const width = first!.logits.shape[1]!;
  const reference = floats(first!.logits).data;
  const row = (at: number) => reference.subarray(at * width, (at + 1) * width);

  describe.each(backendNames)('on %s', (backend) => {
    let model: CausalLM;
    beforeAll(async () => {
      model = await loadTinyCausalLM(name, { backend });
    });
    afterAll(() => model.dispose());

    it('generate returns the greedy tokens of PyTorch, alone and in a batch', async () => {
      const options = { ...endless, maxNewTokens: greedy.ids.length };
      const alone = await model.generate(ids(greedy.prompt), options);
      expect([...alone.ids]).toEqual(greedy.ids);
      const others = sequences.map((sequence) => ids(sequence.ids));
      const together = await model.generate([...others, ids(greedy.prompt)], options);
      expect([...together.at(-1)!.ids]).toEqual(greedy.ids);
      for (const [i, other] of others.entries()) {
        expect(together[i]!.ids).toEqual((await model.generate(other, options)).ids);
      }
    });

    it('perplexity returns the log-probabilities of PyTorch', async () => {
      const { perplexity, loss, tokens } = await model.perplexity(ids(first!.ids), { topLogProbs: 2 });
      const expected = first!.ids.slice(1).map((id, at) => logSoftmax(row(at))[id]!);
      expect(tokens.map(({ id }) => id)).toEqual(first!.ids.slice(1));
      expect(
        difference(
          tokens.map(({ logProbability }) => logProbability),
          expected,
        ),
      ).toBeLessThan(1e-4);
      expect(loss).toBeCloseTo(-expected.reduce((a, b) => a + b, 0) / expected.length, 4);
      expect(perplexity).toBeCloseTo(Math.exp(loss), 9);
      for (const [at, { top }] of tokens.entries()) {
        const best = [...row(at).keys()].sort((a, b) => row(at)[b]! - row(at)[a]!);
        expect(top!.map(({ id }) => id)).toEqual(best.slice(0, 2));
      }
      const late = await model.perplexity(ids(first!.ids.slice(4)), { prompt: ids(first!.ids.slice(0, 4)) });
      expect(
        difference(
          late.tokens.map(({ logProbability }) => logProbability),
          expected.slice(3),
        ),
      ).toBeLessThan(1e-4);
    });

    it('nextTokens returns the distribution of PyTorch', async () => {
      const next = await model.nextTokens(ids(first!.ids), { topK: VOCABULARY });
      const expected = logSoftmax(row(first!.ids.length - 1));
      for (const { id, probability, logProbability } of next) {
        expect(Math.abs(logProbability - expected[id]!)).toBeLessThan(1e-4);
        expect(probability).toBeCloseTo(Math.exp(logProbability), 12);
      }
      expect(next.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
      const best = await model.nextTokens(ids(first!.ids), { topK: 3 });
      expect(best.map(({ id }) => id)).toEqual(next.slice(0, 3).map(({ id }) => id));
    });

    it('logitLens returns the top tokens of PyTorch for each layer', async () => {
      const { layers, ids: read } = await model.logitLens(ids(first!.ids), { topK: 1 });
      expect([...read]).toEqual(first!.ids);
      const lens = floats(first!.lens).data;
      const [count, tokens] = first!.lens.shape as [number, number];
      expect(layers.map((layer) => layer.length)).toEqual(Array(count).fill(tokens));
      for (let layer = 0; layer < count; layer++) {
        for (let at = 0; at < tokens; at++) {
          const from = (layer * tokens + at) * width;
          const logProbabilities = logSoftmax(lens.subarray(from, from + width));
          const [best] = layers[layer]![at]!;
          expect(best!.logProbability).toBeCloseTo(Math.max(...logProbabilities), 3);
          expect(logProbabilities[best!.id]).toBeCloseTo(best!.logProbability, 3);
        }
      }
    });

    it('alignments are the attention weights of the pass that produced the token', async () => {
      const options = { ...endless, maxNewTokens: 3, alignments: true };
      const [generation] = await model.generate([ids(first!.ids.slice(0, 4)), ids([5, 6])], options);
      const text = [...generation!.promptIds, ...generation!.ids];
      for (const [i, { alignment }] of generation!.tokens.entries()) {
        const read = text.slice(0, 4 + i);
        const recorded = await model.nextTokens(ids(read), {
          topK: 1,
          hooks: {
            'blocks.*.attention.weights': ({ name: activation, data, shape }) => {
              const layer = Number(activation.split('.')[1]);
              const [, heads = 0, queries = 0, keys = 0] = shape;
              const [, , source] = alignment!.shape;
              expect([keys, alignment!.shape]).toEqual([
                read.length,
                [alignment!.shape[0], heads, read.length],
              ]);
              for (let head = 0; head < heads; head++) {
                const weights = data.subarray(
                  (head * queries + queries - 1) * keys,
                  (head * queries + queries) * keys,
                );
                const at = (layer * heads + head) * source;
                expect(difference(alignment!.data.subarray(at, at + source), weights)).toBeLessThan(1e-5);
              }
            },
          },
        });
        expect(recorded).toHaveLength(1);
      }
      expect(generation!.ids).toEqual(
        (await model.generate(ids(first!.ids.slice(0, 4)), { ...endless, maxNewTokens: 3 })).ids,
      );
    });
  });
});

describe('CausalLM', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadTinyCausalLM('llama');
  });
  afterAll(() => model.dispose());

  it('has the kind causalLM', () => {
    expect(model.kind).toBe('causalLM');
  });

  it('trace and record return tokens, attention weights, logits and activations', async () => {
    const text = 'the bank.';
    const trace = await model.trace(text, { record: ['blocks.1.residual.after'], logits: 'all' });
    expect(trace.tokens.join('')).toBe('the▁bank.');
    expect(trace.attention.shape).toEqual([2, 4, 9, 9]);
    const map = trace.attention.map(1, 2);
    for (let query = 0; query < 9; query++) {
      const weights = map.subarray(query * 9, (query + 1) * 9);
      expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(weights.subarray(query + 1).every((weight) => weight === 0)).toBe(true);
    }
    expect([...trace.activations.keys()]).toEqual(['blocks.1.residual.after']);
    expect(trace.logits.shape).toEqual([9, VOCABULARY]);
    const last = await model.trace(text);
    expect(last.logits.shape).toEqual([1, VOCABULARY]);
    expect(difference(last.logits.data, trace.logits.data.subarray(8 * VOCABULARY))).toBeLessThan(1e-5);
    const { activations, offsets } = await model.record(text, ['blocks.0.attention.heads.1.queries']);
    expect([...activations.keys()]).toEqual(['blocks.0.attention.heads.1.queries']);
    expect(offsets).toHaveLength(18);
    await expect(model.record(text, ['blocks.9.output'])).rejects.toThrow('no activation named');
    await expect(model.trace(7 as never)).rejects.toThrow('expected a string');
    await expect(model.trace(text, { logits: 'some' as never })).rejects.toThrow("'last' or 'all'");
    await expect(model.trace('')).rejects.toThrow('the text has no tokens');
    await expect(model.trace('a'.repeat(99))).rejects.toThrow(ContextLengthError);
  });

  it('hooks change results, and keys and values computed under them are not cached', async () => {
    const prompt = 'the river bank';
    const options = { ...endless, maxNewTokens: 6 };
    const plain = await model.generate(prompt, options);
    const hooks = { 'blocks.*.attention.output': silence() };
    const without = await model.generate(prompt, { ...options, hooks });
    expect(without.ids).not.toEqual(plain.ids);
    expect(without.cachedTokens).toBe(0);
    const again = await model.generate(prompt, options);
    expect(again).toMatchObject({ ids: plain.ids, cachedTokens: 0 });
    expect((await model.generate(prompt, options)).cachedTokens).toBe(13);
    const before = await model.nextTokens(prompt);
    const during = await model.nextTokens(prompt, { hooks });
    expect(during).not.toEqual(before);
    expect((await model.perplexity(prompt, { hooks })).loss).not.toBe((await model.perplexity(prompt)).loss);
    expect((await model.nextTokens(prompt)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(await model.generate(prompt, { ...options, hooks: { logits: scale(1) } })).toMatchObject({
      ids: plain.ids,
    });
  });

  it('generate records activations for each token', async () => {
    const record = ['blocks.0.residual.after'];
    const [first, second] = await model.generate(['the bank', 'cash'], {
      ...endless,
      maxNewTokens: 3,
      record,
      alignments: true,
    });
    const shapes = (generation: typeof first) =>
      generation!.tokens.map(({ activations }) => activations!.get(record[0]!)!.shape[0]);
    expect(shapes(first)).toEqual([8, 1, 1]);
    expect(shapes(second)).toEqual([4, 1, 1]);
    expect(first!.tokens.map(({ alignment }) => alignment!.shape[2])).toEqual([8, 9, 10]);
    expect(first!.tokens[0]!.activations!.size).toBe(1);
  });

  it('perplexity needs two tokens, and a stride for a text longer than the context', async () => {
    await expect(model.perplexity('a')).rejects.toThrow('no token after the first');
    await expect(model.perplexity('b', { prompt: ids([1]) })).rejects.toThrow('must both be strings or both');
    const long = 'the river bank was muddy. '.repeat(4);
    const refused = model.perplexity(long);
    await expect(refused).rejects.toThrow(ContextLengthError);
    await expect(refused).rejects.toThrow('the text has 104 tokens, the model reads 48');
    await expect(model.perplexity(long, { stride: 48 })).rejects.toThrow(ContextLengthError);
    await expect(model.perplexity(long, { stride: 0 })).rejects.toThrow('stride must be');
    const { tokens } = await model.perplexity(long, { stride: 20 });
    expect(tokens.map(({ token }) => token).join('')).toBe(long.slice(1).replaceAll(' ', '▁'));
    // The second window advances by 20 tokens and scores its last 20.
    const window = await model.perplexity(long.slice(20, 68), {});
    expect(
      difference(
        tokens.slice(47, 67).map(({ logProbability }) => logProbability),
        window.tokens.slice(-20).map(({ logProbability }) => logProbability),
      ),
    ).toBeLessThan(1e-4);
    const prompted = await model.perplexity(' bank', { prompt: 'the river' });
    expect(prompted.tokens.map(({ token }) => token).join('')).toBe('▁bank');
  });
});

describe('CausalLM.chat', () => {
  const template =
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'tool' %}{{ raise_exception('No tools.') }}{% endif %}" +
    "{{ message.role[0] + ' ' + message.content + ' ' }}{% endfor %}{% if add_generation_prompt %}{{ 'a ' }}{% endif %}";
  const config = { bos_token: '<s>', eos_token: '</s>', chat_template: template };
  const user = (content: string) => ({ role: 'user', content });
  const options = { ...endless, maxNewTokens: 4 };
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM(
      tinyDecoderFiles('llama', {
        'tokenizer_config.json': JSON.stringify(config),
        'generation_config.json': JSON.stringify({ eos_token_id: 5, max_new_tokens: 3 }),
      }),
    );
  });
  afterAll(() => model.dispose());

  it('formats messages with the template and reuses the cache of earlier turns', async () => {
    expect(await model.applyChatTemplate([user('hi')])).toBe('<s>u hi a ');
    const first = await model.chat([user('hi')], options);
    expect(model.tokenizer.decode(first.promptIds)).toBe('u hi a ');
    expect(first.promptIds[0]).toBe(1);
    const turns = [user('hi'), { role: 'assistant', content: first.text }, user('why?')];
    const second = await model.chat(turns, options);
    // At least the first turn; the answer may be tokenized differently from how it was generated.
    expect(second.cachedTokens).toBeGreaterThanOrEqual(first.promptIds.length);
    const pieces: string[] = [];
    for await (const { text } of model.streamChat(turns, options)) pieces.push(text);
    expect(pieces.join('')).toBe(second.text);
  });

  it('ends at the end-of-sequence tokens of the model and of the tokenizer', async () => {
    expect(model.eosTokenIds).toEqual([5]);
    expect((await model.chat([user('hi')])).ids.length).toBeLessThanOrEqual(3);
    const always = { logitBias: { 2: 1000 } };
    expect(await model.chat([user('hi')], always)).toMatchObject({ finishReason: 'stop', stoppedBy: 2 });
    expect((await model.generate('hi', always)).finishReason).toBe('length');
  });

  it('rejects with the message of raise_exception in the template', async () => {
    const refused = model.chat([{ role: 'tool', content: '4' }]);
    await expect(refused).rejects.toThrow(TemplateError);
    await expect(refused).rejects.toThrow('No tools.');
    await expect(model.streamChat([{ role: 'tool', content: '4' }]).next()).rejects.toThrow('No tools.');
    await expect(model.chat('hi' as never)).rejects.toThrow('messages must be an array');
  });

  it('throws ConfigError without a template, and accepts one as an option', async () => {
    const plain = await loadTinyCausalLM('gpt2');
    expect(plain.chatTemplate).toBeUndefined();
    await expect(plain.chat([user('hi')])).rejects.toThrow(ConfigError);
    const chatTemplate = '{{ eos_token }}{{ messages[0].content }}';
    expect(await plain.applyChatTemplate([user('hi')], { chatTemplate })).toBe('</s>hi');
    expect((await plain.chat([user('hi')], { chatTemplate, ...options })).ids).toHaveLength(4);
    await plain.dispose();
  });
});

describe('memory', () => {
  it('does not grow over many calls', { timeout: 60_000 }, async () => {
    const backend = new WasmBackend(await loadKernel());
    const model = await loadTinyCausalLM('llama', { backend });
    const once = async () => {
      await model.generate('the river bank', { ...endless, maxNewTokens: 30 });
      await model.generate(['cash', 'a', 'the bank'], { ...endless, maxNewTokens: 20 });
      await model.generate('the', { numBeams: 3, maxNewTokens: 10 });
      await model.perplexity('the river bank was muddy');
      await model.trace('the bank');
    };
    await once();
    const { memoryBytes, weightBytes } = backend;
    for (let round = 0; round < 50; round++) await once();
    expect(backend.memoryBytes).toBe(memoryBytes);
    expect(backend.weightBytes).toBe(weightBytes);
    await model.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});

describe('loadCausalLM', () => {
  it('rejects encoders and invalid files and options', async () => {
    const files = tinyDecoderFiles('gpt2');
    const bert = { ...files, 'config.json': JSON.stringify({ model_type: 'bert' }) };
    await expect(loadCausalLM(bert)).rejects.toThrow(
      'loadCausalLM: expected a causal language model, got model_type "bert", an encoder; load it with loadEncoder',
    );
    await expect(loadCausalLM({ ...files, 'generation_config.json': '{"top_k":"5"}' })).rejects.toThrow(
      'top_k',
    );
    await expect(loadCausalLM({ ...files, 'tokenizer_config.json': '{"chat_template":7}' })).rejects.toThrow(
      'chat_template must be',
    );
    await expect(loadCausalLM(files, { dtype: 'q2' as never })).rejects.toThrow('dtype must be one of');
    await expect(loadCausalLM(files, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('reads the templates of additional_chat_templates', async () => {
    const files = tinyDecoderFiles('gpt2', {
      'chat_template.jinja': 'say',
      'additional_chat_templates/tool_use.jinja': 'use',
      'additional_chat_templates/shout.jinja': 'SAY',
    });
    const model = await loadCausalLM(files);
    expect(model.chatTemplate!.names.toSorted()).toEqual(['default', 'shout', 'tool_use']);
    await expect(model.chatTemplate!.render([], { tools: [] })).resolves.toBe('use');
  });

  it('reads chat_template.jinja and accepts a shared backend', async () => {
    const backend = await createBackend('wasm-simd');
    const files = tinyDecoderFiles('gpt2', { 'chat_template.jinja': 'say {{ messages[0].content }}' });
    const model = await loadCausalLM(files, { backend });
    expect(await model.applyChatTemplate([{ role: 'user', content: 'hi' }])).toBe('say hi');
    expect([model.backend, model.contextLength]).toEqual(['wasm-simd', 48]);
    await model.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});
