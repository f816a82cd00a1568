import { describe, expect, it, test } from 'vitest';
import { answer, classify, classifyTokens, fillMask, loadEncoder, zeroShot } from '../../src/index.ts';
import { pipeline } from '../../src/pipeline.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';

const texts = ['she sat by the river bank', 'cash at the bank'];
const labels = { id2label: { 0: 'entailment', 1: 'neutral', 2: 'contradiction' } };
const files = tinyFiles('bert', labels);
const model = await loadEncoder(files, {
  taskHeads: ['maskedLM', 'sequenceClassification', 'tokenClassification', 'questionAnswering'],
});

describe('feature-extraction', () => {
  it('pools and normalises as told', async () => {
    const extract = await pipeline('feature-extraction', files);
    for (const [pooling, mode] of [
      ['mean', 'mean'],
      ['cls', 'cls'],
      ['first_token', 'cls'],
      ['last_token', 'lasttoken'],
      ['eos', 'lasttoken'],
    ] as const) {
      for (const normalize of [false, true]) {
        const { data, dims, type, size } = await extract(texts, { pooling, normalize });
        const expected = await model.embed(texts, { pooling: mode, normalize });
        expect([dims, type, size]).toEqual([[2, model.config.hiddenSize], 'float32', data.length]);
        expect([...data]).toEqual(expected.flatMap((vector) => [...vector]));
      }
    }
  });

  it('has a vector for each token without pooling, padded with zeros', async () => {
    const extract = await pipeline('feature-extraction', model);
    const output = await extract(texts);
    const sequences = texts.map((text) => model.tokenize(text));
    const hidden = await model.run(sequences, { kind: 'hidden' });
    const [long, short] = sequences.map(({ ids }) => ids.length) as [number, number];
    const { hiddenSize } = model.config;
    expect(output.dims).toEqual([2, long, hiddenSize]);
    const rows = output.tolist() as number[][][];
    expect(rows[0]!.flat()).toEqual([...hidden[0]!.data]);
    expect(rows[1]!.slice(0, short).flat()).toEqual([...hidden[1]!.data]);
    expect(
      rows[1]!
        .slice(short)
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
    const unit = (await extract(texts[0]!, { normalize: true })).tolist() as number[][][];
    for (const row of unit[0]!) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
  });

  it('refuses what it does not do', async () => {
    const extract = await pipeline('embeddings', model);
    await expect(extract('a', { pooling: 'max' as 'mean' })).rejects.toThrow(
      'pooling must be one of none, mean',
    );
    await expect(extract('a', { quantize: true } as object)).rejects.toThrow('unknown option quantize');
    await expect(extract([1] as never)).rejects.toThrow('must be strings');
  });
});

describe('text-classification', () => {
  it('returns one label of each text, or more', async () => {
    const classifier = await pipeline('sentiment-analysis', model);
    expect(classifier.task).toBe('text-classification');
    const all = await classify(model, texts);
    const [first, second] = all as [(typeof all)[0], (typeof all)[0]];
    expect(await classifier(texts[0]!)).toEqual(first.slice(0, 1));
    expect(await classifier(texts)).toEqual([first[0], second[0]]);
    expect(await classifier(texts[0]!, { top_k: null })).toEqual(first);
    expect(await classifier(texts, { top_k: 2 })).toEqual([first.slice(0, 2), second.slice(0, 2)]);
    expect(await classifier(texts, { top_k: null })).toEqual(all);
    await expect(classifier('a', { top_k: 0 })).rejects.toThrow('topK');
  });
});

describe('token-classification', () => {
  it('labels tokens with their index, or spans', async () => {
    const tagger = await pipeline('ner', model);
    const [text] = texts as [string];
    const raw = await tagger(text, { ignore_labels: [] });
    const expected = await classifyTokens(model, text, { aggregation: 'none', ignoreLabels: [] });
    expect(
      raw.map(({ entity, score, word, start, end }) => ({ label: entity, score, text: word, start, end })),
    ).toEqual(expected);
    const { tokens } = model.tokenize(text);
    for (const { index, word } of raw) expect(tokens[index!]!.replace('##', '')).toBe(word);
    const entity = raw[0]!.entity!;
    const kept = raw.filter((one) => one.entity !== entity);
    expect(await tagger(text, { ignore_labels: [entity] })).toEqual(kept);
    const spans = await tagger(texts, { aggregation_strategy: 'simple', ignore_labels: [] });
    const grouped = await classifyTokens(model, text, { aggregation: 'simple', ignoreLabels: [] });
    expect(spans).toHaveLength(2);
    expect(spans[0]).toEqual(
      grouped.map(({ label, text, ...rest }) => ({ entity_group: label, word: text, ...rest })),
    );
  });
});

describe('question-answering', () => {
  it('returns the best span, or several', async () => {
    const answerer = await pipeline('question-answering', model);
    const [question, context] = ['where is the bank', 'the bank is by the river'];
    const renamed = (await answer(model, question, context, { topK: 3 })).map(({ text, ...rest }) => ({
      answer: text,
      ...rest,
    }));
    expect(await answerer(question, context)).toEqual(renamed[0]);
    expect(await answerer(question, context, { top_k: 3 })).toEqual(renamed);
    const short = await answerer(question, context, { max_answer_length: 1 });
    expect(short.answer.split(' ')).toHaveLength(1);
    await expect(answerer(question, '')).rejects.toThrow('the context has no tokens');
  });
});

describe('fill-mask', () => {
  it('fills the first mask', async () => {
    const unmask = await pipeline('fill-mask', model);
    const text = 'she sat by the [MASK]';
    const [mask] = await fillMask(model, text, { topK: 3 });
    const filled = await unmask(text, { top_k: 3 });
    expect(filled.map(({ token, score }) => [token, score])).toEqual(
      mask!.candidates.map(({ id, score }) => [id, score]),
    );
    for (const { token_str, sequence } of filled) expect(sequence).toBe(`she sat by the ${token_str}`.trim());
    expect(await unmask([text, text], { top_k: 3 })).toEqual([filled, filled]);
    await expect(unmask('no mask')).rejects.toThrow('[MASK]');
  });
});

describe('zero-shot-classification', () => {
  it('orders the labels by their scores', async () => {
    const classifier = await pipeline('zero-shot-classification', model);
    const candidates = ['money', 'water'];
    const [text] = texts as [string];
    for (const multi_label of [false, true]) {
      const scored = await zeroShot(model, text, candidates, { multiLabel: multi_label });
      const expected = {
        sequence: text,
        labels: scored.map(({ label }) => label),
        scores: scored.map(({ score }) => score),
      };
      expect(await classifier(text, candidates, { multi_label })).toEqual(expected);
      expect(await classifier([text], candidates, { multi_label })).toEqual([expected]);
    }
    const { scores } = await classifier(text, 'money');
    const [alone] = await zeroShot(model, text, ['money'], { multiLabel: true });
    expect(scores).toEqual([alone!.score]);
    const told = await classifier(text, candidates, { hypothesis_template: 'it is about {}' });
    const [best] = await zeroShot(model, text, candidates, { hypothesisTemplate: 'it is about {}' });
    expect(told.scores[0]).toBe(best!.score);
  });
});

test('a call refuses unknown options, and two spellings of one', async () => {
  const unmask = await pipeline('fill-mask', model);
  await expect(unmask('a [MASK]', { top_n: 3 } as object)).rejects.toThrow('unknown option topN');
  await expect(unmask('a [MASK]', { top_k: 3, topK: 3 } as object)).rejects.toThrow('two spellings');
  await expect(unmask('a [MASK]', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
