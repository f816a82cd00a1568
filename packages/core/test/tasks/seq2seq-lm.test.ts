import { loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  ContextLengthError,
  type Generation,
  loadSeq2SeqLM,
  type Seq2SeqLM,
  silence,
  Tokenizer,
} from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { summarizationParams, translationParams } from '../../src/tasks/seq2seq-lm/task-specific-params.ts';
import { backendNames, difference, expectClose, floats } from '../helpers/fixture.ts';
import {
  type BeamCase,
  tinyGeneratorTokenizer,
  tinyReference,
  tinySeq2SeqFiles,
} from '../helpers/tiny-generators.ts';
import { tinySeq2SeqReference, tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

const ids = (values: readonly number[]) => Int32Array.from(values);

/** Resets the defaults of a model's files. */
const PLAIN = {
  numBeams: 1,
  minLength: 0,
  noRepeatNgramSize: 0,
  badWordsIds: [],
  forcedBosTokenId: null,
  forcedEosTokenId: null,
};

const all = (generation: Generation) => [generation, ...(generation.alternatives ?? [])];

describe.each(tinySeq2Seqs)('Seq2SeqLM with %s', (name) => {
  const { sequences, greedy } = tinySeq2SeqReference(name);
  const [first] = sequences;

  describe.each(backendNames)('on %s', (backend) => {
    let model: Seq2SeqLM;
    beforeAll(async () => {
      model = await loadSeq2SeqLM(tinySeq2SeqFiles(name), { backend });
    });
    afterAll(() => model.dispose());

    it('generate returns the greedy tokens of PyTorch, alone and in a batch', async () => {
      const options = { ...PLAIN, eosTokenId: null, maxNewTokens: greedy.ids.length };
      const alone = await model.generate(ids(greedy.prompt), options);
      expect([...alone.ids]).toEqual(greedy.ids);
      const others = sequences.map((sequence) => ids(sequence.ids));
      const together = await model.generate([...others, ids(greedy.prompt)], { ...options, batchSize: 2 });
      expect([...together.at(-1)!.ids]).toEqual(greedy.ids);
      for (const [i, other] of others.entries()) {
        expect(together[i]!.ids).toEqual((await model.generate(other, options)).ids);
      }
    });

    it('generate returns the beam search hypotheses and scores of PyTorch', async () => {
      for (const { prompt, hypotheses, ...options } of tinyReference('seq2seq-lm', name)
        .beams as BeamCase[]) {
        const found = all(
          await model.generate(ids(prompt), {
            ...PLAIN,
            ...options,
            numReturnSequences: hypotheses.length,
          }),
        );
        expect(found.map((generation) => [...generation.ids])).toEqual(hypotheses.map((one) => one.ids));
        for (const [i, { score, finished }] of hypotheses.entries()) {
          expect(found[i]!.score).toBeCloseTo(score, 4);
          expect(found[i]!.finishReason).toBe(finished ? 'stop' : 'length');
        }
      }
    });
  });

  describe('with a given target', () => {
    // The reference's decoder inputs begin with an arbitrary token.
    const [start, ...read] = first!.target;
    const target = ids([...read, 5]);
    const source = ids(first!.ids);
    let model: Seq2SeqLM;
    beforeAll(async () => {
      const more = { 'generation_config.json': JSON.stringify({ decoder_start_token_id: start }) };
      model = await loadSeq2SeqLM(tinySeq2SeqFiles(name, more));
    });
    afterAll(() => model.dispose());

    it('trace returns the attention weights, logits and activations of PyTorch', async () => {
      const record = ['decoder.blocks.0.crossAttention.keys', 'decoder.output', 'encoder.output'];
      const trace = await model.trace(source, target, { record });
      expectClose(trace.encoderAttention, first!.encoderAttention);
      expectClose(trace.decoderAttention, first!.decoderAttention);
      expectClose(trace.crossAttention, first!.crossAttention);
      expectClose(trace.logits, first!.logits, 1e-4);
      expectClose(trace.activations.get('encoder.output'), first!.encoded, 1e-4);
      expect([...trace.activations.keys()].sort()).toEqual(record);
      expect(trace.sourceTokens).toHaveLength(source.length);
      expect(trace.targetTokens).toHaveLength(target.length);
      const { attention, targetTokens } = await model.alignments(source, target);
      expect(difference(attention.data, trace.crossAttention.data)).toBeLessThan(1e-5);
      expect(targetTokens).toEqual(trace.targetTokens);
    });

    it('perplexity returns the log-probabilities of PyTorch', async () => {
      const { tokens, loss } = await model.perplexity(source, target, { topLogProbs: 1 });
      const logits = floats(first!.logits).data;
      const width = first!.logits.shape[1]!;
      const expected = Array.from(target, (id, at) => {
        const row = Array.from(logits.subarray(at * width, (at + 1) * width));
        return row[id]! - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      });
      expect(
        difference(
          tokens.map(({ logProbability }) => logProbability),
          expected,
        ),
      ).toBeLessThan(1e-4);
      expect(loss).toBeCloseTo(-expected.reduce((a, b) => a + b, 0) / expected.length, 4);
    });

    it('alignments are the same for generated and given targets', async () => {
      for (const numBeams of [1, 3]) {
        const options = { ...PLAIN, numBeams, maxNewTokens: 6, alignments: true };
        const [generation] = await model.generate([source, ids([7, 8, 9])], options);
        const { attention } = await model.alignments(source, generation!.ids);
        const [layers, heads, length, width] = attention.shape;
        for (const [at, { alignment }] of generation!.tokens.entries()) {
          expect(alignment!.shape).toEqual([layers, heads, width]);
          for (let layer = 0; layer < layers; layer++) {
            for (let head = 0; head < heads; head++) {
              const row = attention.map(layer, head).subarray(at * width, (at + 1) * width);
              const from = (layer * heads + head) * width;
              expect(difference(alignment!.data.subarray(from, from + width), row)).toBeLessThan(1e-5);
            }
          }
        }
        expect(length).toBe(generation!.tokens.length);
      }
    });

    it('hooks of encoder and decoder change the loss', async () => {
      const plain = await model.perplexity(source, target);
      for (const pattern of [
        'encoder.blocks.0.attention.output',
        'decoder.blocks.0.crossAttention.values',
        'decoder.blocks.*.crossAttention.output',
        '*.blocks.0.feedForward.output',
      ]) {
        const changed = await model.perplexity(source, target, { hooks: { [pattern]: silence() } });
        expect(Math.abs(changed.loss - plain.loss), pattern).toBeGreaterThan(1e-4);
      }
      expect((await model.perplexity(source, target)).loss).toBeCloseTo(plain.loss, 6);
      for (const pattern of ['encoder.blocks.0.crossAttention.output', 'decoder.nothing', 'output']) {
        await expect(model.perplexity(source, target, { hooks: { [pattern]: silence() } })).rejects.toThrow(
          'no activation named',
        );
      }
    });

    it('generate records activations for each token', async () => {
      const record = ['encoder.output', 'decoder.blocks.*.crossAttention.keys', 'decoder.output', '*.logits'];
      const { tokens } = await model.generate(source, {
        ...PLAIN,
        maxNewTokens: 3,
        eosTokenId: null,
        record,
      });
      const names = tokens.map(({ activations }) => [...activations!.keys()].length);
      const layers = first!.crossAttention.shape[0]!;
      expect(names).toEqual([layers + 3, 2, 2]);
    });
  });
});

describe('Seq2SeqLM', () => {
  let bart: Seq2SeqLM;
  let marian: Seq2SeqLM;
  beforeAll(async () => {
    bart = await loadSeq2SeqLM(tinySeq2SeqFiles('bart'));
    marian = await loadSeq2SeqLM(tinySeq2SeqFiles('marian'));
  });
  afterAll(async () => {
    await bart.dispose();
    await marian.dispose();
  });

  it('has the kind seq2seqLM', () => {
    expect(marian.kind).toBe('seq2seqLM');
  });

  it('generate uses the defaults of the model’s files', async () => {
    // config.json: 7 to 15 tokens including the start token, four beams, forced first token 0 and last token 2.
    const { ids: found, score } = await bart.generate('the bank');
    expect([found[0], found.at(-1), score === undefined]).toEqual([0, 2, false]);
    expect(found.length).toBeGreaterThanOrEqual(6);
    expect(found.length).toBeLessThanOrEqual(14);
    const triples = Array.from(found, (_, i) => found.slice(i, i + 3).join()).slice(0, -2);
    expect(new Set(triples).size).toBe(triples.length);
    const sampled = await bart.generate('the bank', { doSample: true, seed: 1 });
    expect(sampled).toMatchObject({ seed: 1, finishReason: 'stop' });
  });

  it('translate, summarize and stream return the same text as generate', async () => {
    const sentences = ['the bank', 'a river'];
    const options = { maxNewTokens: 8 };
    const translations = await marian.translate(sentences, options);
    expect(translations.map(({ text }) => text)).toEqual(
      (await marian.generate(sentences, options)).map(({ text }) => text),
    );
    expect(translations.every(({ ids: found }) => !found.includes(60))).toBe(true);
    expect((await marian.translate('the bank', options)).ids).toEqual(translations[0]!.ids);
    expect((await bart.summarize('the bank')).ids).toEqual((await bart.generate('the bank')).ids);
    const pieces: string[] = [];
    for await (const { text } of marian.stream('the bank', options)) pieces.push(text);
    expect(pieces.join('')).toBe((await marian.generate('the bank', { ...options, numBeams: 1 })).text);
  });

  it('throws ContextLengthError for a text that is too long, or truncates it with truncatePrompt', async () => {
    const long = 'the river bank was muddy and cash was wet';
    const refused = marian.translate(long);
    await expect(refused).rejects.toThrow(ContextLengthError);
    await expect(refused).rejects.toThrow('translate: the text has 42 tokens, the model reads 40');
    const { promptIds } = await marian.translate(long, { truncatePrompt: 'right', maxNewTokens: 2 });
    expect(marian.tokenizer.decode(promptIds)).toBe(long.slice(0, 39));
    expect(promptIds.at(-1)).toBe(0);
    await expect(marian.perplexity(long, 'a')).rejects.toThrow(ContextLengthError);
    await expect(marian.perplexity('a', long)).rejects.toThrow(ContextLengthError);
  });

  it('throws for invalid sources and targets', async () => {
    await expect(marian.translate(7 as never)).rejects.toThrow(ConfigError);
    await expect(marian.alignments('a', null as never)).rejects.toThrow('expected a string');
    await expect(marian.generate(new Int32Array(0))).rejects.toThrow('the text has no tokens');
    await expect(marian.generate(ids([99]))).rejects.toThrow('99');
    await expect(marian.stream('a', { numBeams: 2 }).next()).rejects.toThrow('must be 1');
    expect(await marian.translate([])).toEqual([]);
  });

  it('does not use more memory over many calls', { timeout: 60_000 }, async () => {
    const backend = new WasmBackend(await loadKernel());
    const model = await loadSeq2SeqLM(tinySeq2SeqFiles('t5'), { backend });
    const once = async () => {
      await model.generate('the river bank', { maxNewTokens: 20, eosTokenId: null });
      await model.generate(['a', 'the bank', 'cash'], { numBeams: 3, maxNewTokens: 10 });
      await model.alignments('the bank', 'a river');
    };
    await once();
    const { memoryBytes, weightBytes } = backend;
    for (let round = 0; round < 70; round++) await once();
    expect([backend.memoryBytes, backend.weightBytes]).toEqual([memoryBytes, weightBytes]);
    await model.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});

describe('task-specific parameters', () => {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson: tinyGeneratorTokenizer() });
  const tasks = {
    summarization: { prefix: 'summarize: ', maxLength: 200, numBeams: 4 },
    translation_en_to_de: { prefix: 'translate English to German: ', maxLength: 300 },
    translation_en_to_fr: { prefix: 'translate English to French: ' },
  };

  it('are prefix and lengths of a task for T5', () => {
    const german = translationParams(
      tokenizer,
      { tasks, maxNewTokens: 9 },
      { sourceLanguage: 'en', targetLanguage: 'de' },
    );
    expect(german.prefix).toBe('translate English to German: ');
    expect(german.defaults).toMatchObject({ maxLength: 300 });
    expect(german.defaults.maxNewTokens).toBeUndefined();
    const french = translationParams(
      tokenizer,
      { tasks, maxNewTokens: 9 },
      { sourceLanguage: 'en', targetLanguage: 'fr' },
    );
    expect(french.defaults).toMatchObject({ maxNewTokens: 9 });
    expect(summarizationParams({ tasks, numBeams: 1 }, {})).toMatchObject({
      prefix: 'summarize: ',
      defaults: { maxLength: 200, numBeams: 4 },
    });
    expect(summarizationParams({ tasks }, { prefix: 'tl;dr: ' }).prefix).toBe('tl;dr: ');
    expect(translationParams(tokenizer, { tasks }, { prefix: '' }).prefix).toBe('');
  });

  it('are a language token or no prefix for Marian', () => {
    const json = tinyGeneratorTokenizer();
    const added = json.added_tokens as object[];
    const several = Tokenizer.fromFiles({
      tokenizerJson: {
        ...json,
        added_tokens: [...added, { id: 61, content: '>>fra<<', special: false, normalized: false }],
      },
    });
    expect(translationParams(several, {}, { targetLanguage: 'fra' }).prefix).toBe('>>fra<< ');
    expect(translationParams(several, {}, {}).prefix).toBe('');
    const one = { tasks: { translation: { prefix: 'to German: ' } } };
    expect(translationParams(tokenizer, one, {}).prefix).toBe('to German: ');
  });

  it('throw ConfigError for languages that the files do not define', () => {
    const prepare =
      (options: object, defaults = {}) =>
      () =>
        translationParams(tokenizer, defaults, options);
    expect(prepare({ targetLanguage: 'ko' })).toThrow(ConfigError);
    expect(prepare({ targetLanguage: 'ko' })).toThrow('nor a token >>ko<<; they define no translation task');
    expect(prepare({ sourceLanguage: 'en', targetLanguage: 'ko' }, { tasks })).toThrow(
      'neither a task translation_en_to_ko nor a token >>ko<<; they define translation_en_to_de, translation_en_to_fr',
    );
    expect(prepare({}, { tasks })).toThrow('needs sourceLanguage and targetLanguage');
  });
});
