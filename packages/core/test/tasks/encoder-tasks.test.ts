import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answer,
  availableBackends,
  ConfigError,
  classify,
  classifyTokens,
  type EncoderModel,
  fillMask,
  type Hooks,
  loadEncoder,
  nextSentence,
  rerank,
  TASK_HEAD_KINDS,
  zeroShot,
} from '../../src/index.ts';
import { changedFiles, tinyFiles } from '../helpers/tiny-encoders.ts';

const NLI = { 0: 'CONTRADICTION', 1: 'neutral', 2: 'entailment' };
const taskHeads = TASK_HEAD_KINDS.filter((kind) => kind !== 'replacedToken');
const softmax = (logits: ArrayLike<number>) => {
  const powers = Array.from(logits, Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

/** A hook that replaces logits row by row. */
const logits = (rows: readonly (readonly number[])[]): Hooks => ({
  logits: () => Float32Array.from(rows.flat()),
});

describe.each(availableBackends())('on %s', (backend) => {
  let model: EncoderModel;
  beforeAll(async () => {
    model = await loadEncoder(tinyFiles('bert', { id2label: NLI }), { taskHeads, backend });
  });
  afterAll(() => model.dispose());

  it('EncoderModel has the kind encoder', () => {
    expect(model.kind).toBe('encoder');
  });

  describe('fillMask', () => {
    it('returns the most probable tokens for each mask', async () => {
      const text = 'the [MASK] bank was [MASK].';
      const masks = await fillMask(model, text, { topK: 90 });
      expect(masks.map(({ index, start, end }) => [index, text.slice(start, end)])).toEqual([
        [2, '[MASK]'],
        [5, '[MASK]'],
      ]);
      const trace = await model.trace(text, { head: 'maskedLM' });
      for (const { index, candidates } of masks) {
        const expected = softmax(trace.logits!.data.subarray(index * 90, (index + 1) * 90));
        for (const { id, score, token } of candidates) {
          expect(score).toBeCloseTo(expected[id]!, 5);
          expect(model.tokenizer.tokenToId(token)).toBe(id);
        }
        expect(candidates.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
        const scores = candidates.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }
    });

    it('throws ConfigError for a text without a mask, also when it was truncated', async () => {
      await expect(fillMask(model, 'the river')).rejects.toThrow('fillMask: the text has no "[MASK]"');
      const long = `${'the '.repeat(30)}[MASK]`;
      await expect(fillMask(model, long)).rejects.toThrow('the first 20 tokens of the text have no "[MASK]"');
      await expect(fillMask(model, '[MASK]', { topK: 0 })).rejects.toThrow(ConfigError);
    });
  });

  describe('nextSentence', () => {
    it('returns the softmax probability of the first logit', async () => {
      const trace = await model.trace('she sat', { pair: 'by the river', head: 'nextSentence' });
      expect(await nextSentence(model, 'she sat', 'by the river')).toBeCloseTo(
        softmax(trace.logits!.data)[0]!,
        6,
      );
      expect(await nextSentence(model, 'a', 'b', { hooks: logits([[9, -9]]) })).toBeCloseTo(1, 6);
    });
  });

  describe('classify', () => {
    it('returns labels with probabilities in descending order', async () => {
      const result = await classify(model, 'she sat by the river');
      const trace = await model.trace('she sat by the river', { head: 'sequenceClassification' });
      const expected = softmax(trace.logits!.data);
      for (const { label, score } of result)
        expect(score).toBeCloseTo(expected[Object.values(NLI).indexOf(label)]!, 6);
      expect(result.map(({ score }) => score)).toEqual(
        result.map(({ score }) => score).toSorted((a, b) => b - a),
      );
    });

    it('accepts pairs and several inputs', async () => {
      const [one, pair] = await classify(model, ['she sat', { text: 'she', pair: 'sat' }], { topK: 1 });
      expect(one).toEqual([(await classify(model, 'she sat'))[0]]);
      expect(pair![0]!.score).toBeCloseTo((await classify(model, { text: 'she', pair: 'sat' }))[0]!.score, 6);
      expect(await classify(model, [])).toEqual([]);
    });

    it('applies sigmoid for multiLabel and returns logits for regression', async () => {
      const hooks = logits([[0, 2, -1]]);
      expect(await classify(model, 'a', { hooks, problemType: 'multiLabel', topK: 1 })).toEqual([
        { label: 'neutral', score: 1 / (1 + Math.exp(-2)) },
      ]);
      expect(await classify(model, 'a', { hooks, problemType: 'regression' })).toEqual([
        { label: 'neutral', score: 2 },
        { label: 'CONTRADICTION', score: 0 },
        { label: 'entailment', score: -1 },
      ]);
    });

    it('throws ConfigError for values that are not strings', async () => {
      await expect(classify(model, ['a', 7 as unknown as string])).rejects.toThrow('got number at index 1');
      await expect(classify(model, { text: 'a' } as unknown as string)).rejects.toThrow(
        'classify: pair must be a string',
      );
    });
  });

  describe('zeroShot', () => {
    const text = 'she sat by the river';

    it('scores labels by entailment', async () => {
      const hooks = logits([
        [1, 0, 3],
        [4, 0, 1],
      ]);
      const [first, second] = await zeroShot(model, text, ['river', 'cash'], { hooks });
      expect(first!.label).toBe('river');
      expect(first!.score).toBeCloseTo(softmax([3, 1])[0]!, 9);
      expect(second!.score).toBeCloseTo(softmax([3, 1])[1]!, 9);
      const several = await zeroShot(model, text, ['river', 'cash'], { hooks, multiLabel: true });
      expect(several[0]!.score).toBeCloseTo(softmax([1, 3])[1]!, 9);
      expect(several[1]!.score).toBeCloseTo(softmax([4, 1])[1]!, 9);
    });

    it('inserts labels into the template', async () => {
      const [plain] = await zeroShot(model, text, ['river'], {
        hypothesisTemplate: 'this is {}',
        multiLabel: true,
      });
      const trace = await model.trace(text, { pair: 'this is river', head: 'sequenceClassification' });
      const [contradiction, , entailment] = trace.logits!.data;
      expect(plain!.score).toBeCloseTo(softmax([contradiction!, entailment!])[1]!, 5);
    });

    it('throws ConfigError for models without entailment, no labels and invalid templates', async () => {
      await expect(zeroShot(model, text, [])).rejects.toThrow('needs at least one label');
      await expect(zeroShot(model, text, ['a'], { hypothesisTemplate: 'no' })).rejects.toThrow(
        'needs {} for the label',
      );
      const other = await loadEncoder(tinyFiles('bert'), {
        taskHeads: ['sequenceClassification'],
        backend,
      });
      await expect(zeroShot(other, text, ['a'])).rejects.toThrow('got labels B-PER, I-PER, O');
      await other.dispose();
    });
  });

  describe('rerank', () => {
    it('orders documents by relevance', async () => {
      const single = await changedFiles(
        'bert',
        (tensors) => {
          const weight = tensors.get('classifier.weight')!;
          const bias = tensors.get('classifier.bias')!;
          tensors.set('classifier.weight', { ...weight, shape: [1, 24], bytes: weight.bytes.slice(0, 96) });
          tensors.set('classifier.bias', { ...bias, shape: [1], bytes: bias.bytes.slice(0, 4) });
        },
        { architectures: ['BertForSequenceClassification'], id2label: { 0: 'LABEL_0' } },
      );
      const reranker = await loadEncoder(single, { backend });
      expect(reranker.taskHeads).toEqual(['sequenceClassification']);
      const documents = ['the river', 'cash', 'she sat by the bank'];
      const ranked = await rerank(reranker, 'bank', documents);
      expect(ranked.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
      expect(ranked.map(({ score }) => score)).toEqual(
        ranked.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      for (const { index, text, score } of ranked) {
        expect(text).toBe(documents[index]);
        const trace = await reranker.trace('bank', { pair: text, head: 'sequenceClassification' });
        expect(score).toBeCloseTo(1 / (1 + Math.exp(-trace.logits!.data[0]!)), 5);
      }
      const raw = await rerank(reranker, 'bank', documents, { activation: 'none', topK: 1 });
      expect(raw.map(({ index }) => index)).toEqual([ranked[0]!.index]);
      expect(await rerank(reranker, 'bank', [])).toEqual([]);
      // With a single label the score is its sigmoid.
      const [label] = await classify(reranker, { text: 'bank', pair: ranked[0]!.text });
      expect(label!.score).toBeCloseTo(ranked[0]!.score, 5);
      await reranker.dispose();
      await expect(rerank(model, 'bank', ['a'])).rejects.toThrow('needs a cross-encoder with a single label');
    });
  });

  describe('classifyTokens', () => {
    it('returns entities with their offsets', async () => {
      const named = await loadEncoder(tinyFiles('bert'), {
        taskHeads: ['tokenClassification'],
        backend,
      });
      const text = 'She sat by Paris, New York.';
      const [B, I, O] = [
        [5, 0, 0],
        [0, 5, 0],
        [0, 0, 5],
      ];
      // [CLS] she sat by paris , new york . [SEP]
      const hooks = logits([O, O, O, O, B, O, B, I, O, O] as number[][]);
      const entities = await classifyTokens(named, text, { hooks });
      expect(
        entities.map((entity) => [entity.label, entity.text, text.slice(entity.start, entity.end)]),
      ).toEqual([
        ['PER', 'Paris', 'Paris'],
        ['PER', 'New York', 'New York'],
      ]);
      expect(entities[0]!.score).toBeCloseTo(softmax([5, 0, 0])[0]!, 6);
      const all = await classifyTokens(named, text, { hooks, aggregation: 'none', ignoreLabels: [] });
      expect(all.map(({ label }) => label).join(' ')).toBe('O O O B-PER O B-PER I-PER O');
      await named.dispose();
    });
  });

  describe('answer', () => {
    const context = 'She sat by the river bank. He deposited cash.';

    it('returns the most probable span of the context', async () => {
      // [CLS] was she [SEP] she sat by the river bank . he deposited cash . [SEP]
      const rows = Array.from({ length: 16 }, () => [0, 0]);
      rows[1] = [20, 20];
      rows[7] = [9, 0];
      rows[9] = [0, 9];
      rows[5] = [0, 8];
      const [best, second] = await answer(model, 'was she', context, { hooks: logits(rows), topK: 2 });
      expect(best!.text).toBe('the river bank');
      expect(context.slice(best!.start, best!.end)).toBe(best!.text);
      expect(second!.score).toBeLessThan(best!.score);
      const [short] = await answer(model, 'was she', context, { hooks: logits(rows), maxAnswerLength: 2 });
      expect(short!.text.split(' ').length).toBeLessThanOrEqual(2);
    });

    it('returns the span with the largest product of probabilities', async () => {
      const trace = await model.trace('was she', { pair: 'he sat', head: 'questionAnswering' });
      const [starts, ends] = [0, 1].map((column) =>
        softmax([4, 5].map((row) => trace.logits!.data[2 * row + column]!)),
      );
      const answers = await answer(model, 'was she', 'he sat', { topK: 3 });
      const expected = [
        ['he', starts![0]! * ends![0]!],
        ['he sat', starts![0]! * ends![1]!],
        ['sat', starts![1]! * ends![1]!],
      ] as const;
      for (const [text, score] of expected) {
        expect(answers.find((found) => found.text === text)!.score).toBeCloseTo(score, 5);
      }
    });

    it('reads a context that is too long in windows', async () => {
      const long = `${'she sat by the river bank. '.repeat(6)}paris is the capital of france.`;
      const found = await answer(model, 'was she', long, {
        hooks: { logits: ({ data }) => data },
        topK: 4,
        maxAnswerLength: 3,
      });
      expect(found).toHaveLength(4);
      expect(new Set(found.map(({ start, end }) => `${start} ${end}`)).size).toBe(4);
      for (const { text, start, end } of found) expect(long.slice(start, end)).toBe(text);
    });

    it('returns no span over two windows, and the right place of a span in a later one', async () => {
      // Two windows of [CLS] was she [SEP], `room` tokens of the context and [SEP], which do not overlap.
      const room = model.maxLength - 5;
      const words = Array.from({ length: 2 * room }, (_, i) => (i % 2 ? 'sat' : 'she'));
      const context = words.join(' ');
      const wordAt = (token: number) => words.slice(0, token).join(' ').length + 1;
      const rowOf = (token: number) => Math.floor(token / room) * model.maxLength + 4 + (token % room);
      const peaks = (start: number, end: number): Hooks => {
        const rows = Array.from({ length: 2 * model.maxLength }, () => [0, 0]);
        rows[rowOf(start)]![0] = 20;
        rows[rowOf(end)]![1] = 20;
        return logits(rows);
      };
      const across = await answer(model, 'was she', context, {
        hooks: peaks(room - 1, room + 1),
        stride: 0,
        topK: 9,
      });
      expect(across).toHaveLength(9);
      for (const { start, end } of across) expect(start < wordAt(room) && end > wordAt(room)).toBe(false);
      const [within] = await answer(model, 'was she', context, {
        hooks: peaks(room + 2, room + 3),
        stride: 0,
      });
      expect([within!.start, within!.end]).toEqual([wordAt(room + 2), wordAt(room + 4) - 1]);
    });

    it('returns none for an empty context, and throws ConfigError for a question that is too long', async () => {
      expect(await answer(model, 'was she', '')).toEqual([]);
      await expect(answer(model, 'she '.repeat(30), context)).rejects.toThrow(ConfigError);
    });
  });

  describe('every task', () => {
    it('throws ConfigError without its head, and rejects when aborted', async () => {
      const bare = await loadEncoder(tinyFiles('bert', { architectures: ['BertModel'] }), {
        backend,
      });
      const message = /^this bert model has no head \w+; it has none$/;
      await expect(fillMask(bare, '[MASK]')).rejects.toThrow(message);
      await expect(nextSentence(bare, 'a', 'b')).rejects.toThrow(message);
      await expect(classify(bare, 'a')).rejects.toThrow(message);
      await expect(zeroShot(bare, 'a', ['b'])).rejects.toThrow(message);
      await expect(rerank(bare, 'a', ['b'])).rejects.toThrow(message);
      await expect(classifyTokens(bare, 'a')).rejects.toThrow(message);
      await expect(answer(bare, 'a', 'b')).rejects.toThrow(message);
      await bare.dispose();
      const signal = AbortSignal.abort();
      await expect(classify(model, 'a', { signal })).rejects.toMatchObject({ name: 'AbortError' });
      await expect(fillMask(model, 7 as unknown as string)).rejects.toThrow(
        'the text must be a string, got number',
      );
    });
  });
});
