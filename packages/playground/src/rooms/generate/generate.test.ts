import { type CausalLM, type GenerateOptions, loadCausalLM } from '@headwise/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedFiles } from '../../../plugins/model-files.ts';
import type { JobContext, ModelStore } from '../../engine/job.ts';
import { run as attend } from '../../engine/jobs/generate-attend.ts';
import { run as open, SEPARATOR } from '../../engine/jobs/generate-open.ts';
import { run as read, type Writer } from '../../engine/jobs/generate-read.ts';
import { type WrittenStep, run as write } from '../../engine/jobs/generate-write.ts';
import { modelEntry } from '../../engine/registry.ts';
import { draw, type Sampling } from '../../lib/sampling.ts';
import { expectation } from './candidates.ts';

const loaded = new Map<Writer, Promise<CausalLM>>();

function load(id: Writer): Promise<CausalLM> {
  const [name, path] = installedFiles(id)[0]!;
  const { weightsFile } = modelEntry(id);
  const model = loaded.get(id) ?? loadCausalLM(path.slice(0, -name.length), { weightsFile });
  loaded.set(id, model);
  return model;
}

const store = { load } as unknown as ModelStore;
const CONTEXT: JobContext<unknown> = {
  signal: new AbortController().signal,
  progress: () => undefined,
  breathe: async () => undefined,
};

const PLAIN: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 7 };

/** What the job writes after a prompt: ids, and the logits before each of them and after the last. */
async function written(
  id: Writer,
  prompt: string,
  sampling: Sampling,
  until: number,
  chosen: ReadonlyMap<number, number> = new Map(),
) {
  const model = await load(id);
  const steps: WrittenStep[] = [];
  const result = await write(
    store,
    {
      model: id,
      ids: [...model.tokenizer.encode(prompt).ids],
      written: 0,
      until,
      sampling,
      chosen,
    },
    { ...CONTEXT, progress: (step) => steps.push(step) },
  );
  return { result, ids: steps.slice(1).map((step) => step.id!), logits: steps.map((step) => step.logits) };
}

/** The options of core for the settings of the room. */
function optionsOf({ temperature, ...sampling }: Sampling): GenerateOptions {
  return temperature === 0 ? { temperature } : { temperature, ...sampling };
}

const SETTINGS: readonly Partial<Sampling>[] = [
  {},
  { temperature: 0 },
  { temperature: 0.8, topK: 40 },
  { temperature: 1.5, topP: 0.9, seed: 3 },
  { temperature: 0.9, minP: 0.05, seed: 11 },
  { temperature: 1.2, topK: 30, topP: 0.95, minP: 0.02, seed: 123_456_789 },
];

describe('gpt-mini in Generate', () => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await load('gpt-mini');
  });

  test.each(SETTINGS)('writes the text of core with %o', async (settings) => {
    const sampling = { ...PLAIN, ...settings };
    const prompts = ['파일을 ', 'The file '];
    for (const prompt of prompts) {
      const { ids, result } = await written('gpt-mini', prompt, sampling, 30);
      const expected = await model.generate(prompt, { ...optionsOf(sampling), maxNewTokens: 30 });
      expect(ids).toEqual([...expected.ids]);
      expect(result).toMatchObject({
        reason: expected.finishReason === 'stop' ? 'end' : 'length',
        tokens: ids.length,
      });
    }
  });

  test('writes from a place in the text as from its beginning, and until the context is full', async () => {
    const prompt = [...model.tokenizer.encode('face with ').ids];
    const sampling = { ...PLAIN, temperature: 0.8, topK: 40, seed: 7 };
    const whole = await written('gpt-mini', 'face with ', sampling, 256);
    expect(whole.result.reason).toBe('context');
    expect(prompt.length + whole.ids.length).toBe(model.contextLength);
    const steps: WrittenStep[] = [];
    const params = { model: 'gpt-mini' as const, sampling, chosen: new Map(), until: 20, written: 9 };
    await write(
      store,
      { ...params, ids: [...prompt, ...whole.ids.slice(0, 9)] },
      { ...CONTEXT, progress: (step) => steps.push(step) },
    );
    expect(steps.slice(1).map(({ id }) => id)).toEqual(whole.ids.slice(9, 20));
  });

  test('a chosen token forks the text: the same before, core’s continuation with the same random numbers after', async () => {
    const sampling = { ...PLAIN, temperature: 0.8, topK: 40 };
    const plain = await written('gpt-mini', 'The file ', sampling, 20);
    const place = 5;
    const id = expectation(plain.logits[place]!, sampling, 5).candidates.find(
      (one) => one.id !== plain.ids[place],
    )!.id;
    const forked = await written('gpt-mini', 'The file ', sampling, 20, new Map([[place, id]]));
    expect(forked.ids.slice(0, place + 1)).toEqual([...plain.ids.slice(0, place), id]);
    const promptLength = model.tokenizer.encode('The file ').ids.length;
    const expected = await model.generate('The file ', {
      ...sampling,
      maxNewTokens: 20,
      logitsProcessors: [
        (scores, { ids }) => {
          if (ids.length === promptLength + place)
            for (const other of scores.keys()) if (other !== id) scores[other] = -Infinity;
        },
      ],
    });
    expect(forked.ids).toEqual([...expected.ids]);
  });

  test('tells the tokens of a prompt with core’s probabilities, and does not run on what it has no tokens for', async () => {
    const reading = await read(store, { model: 'gpt-mini', text: 'The file' }, CONTEXT);
    expect(reading.tokens.map(({ start, end }) => 'The file'.slice(start, end)).join('|')).toBe(
      '|T|h|e| |f|i|l|e',
    );
    const size = reading.logits!.length / reading.tokens.length;
    const top = await model.nextTokens('The file', { topK: 5 });
    const { candidates } = expectation(reading.logits!.slice(-size), PLAIN, 5);
    for (const [i, { id, probability }] of top.entries()) {
      expect(candidates[i]!.id).toBe(id);
      expect(candidates[i]!.model).toBeCloseTo(probability, 6);
      expect(candidates[i]!.probability).toBeCloseTo(probability, 6);
    }
    const last = reading.tokens.at(-1)!;
    const { tokens } = await model.generate('The fil', {
      ...{ maxNewTokens: 1, temperature: 0, logProbs: true },
      logitBias: { [last.id]: 1000 },
    });
    expect(tokens[0]!.id).toBe(last.id);
    expect(Math.log(last.probability!)).toBeCloseTo(tokens[0]!.logProbability!, 4);
    const unknown = await read(store, { model: 'gpt-mini', text: '파일 뷁 ☃ 뷁' }, CONTEXT);
    expect(unknown).toMatchObject({ unknown: ['뷁', '☃'], logits: undefined });
    const long = await read(store, { model: 'gpt-mini', text: 'a'.repeat(200) }, CONTEXT);
    expect(long).toMatchObject({ contextLength: 128, logits: undefined });
    expect(long.tokens).toHaveLength(201);
  });

  test('the attention of a place is the last row of core’s maps', async () => {
    const ids = [...model.tokenizer.encode('파일을 ').ids];
    const row = await attend(store, { model: 'gpt-mini', ids }, CONTEXT);
    const { attention } = await model.trace('파일을 ');
    const [layers, heads, tokens] = attention.shape;
    expect(row).toMatchObject({ layers, heads, tokens });
    for (let head = 0; head < layers * heads; head += 1) {
      for (let key = 0; key < tokens; key += 1) {
        const expected = attention.data[(head * tokens + tokens - 1) * tokens + key]!;
        expect(row.data[head * tokens + key]!).toBeCloseTo(expected, 5);
      }
    }
  });

  test('tells the vocabulary, and that the model has no chat template', async () => {
    const { vocabulary, ...info } = await open(store, { model: 'gpt-mini' }, CONTEXT);
    const spellings = vocabulary.split(SEPARATOR);
    expect(spellings).toHaveLength(846);
    expect(spellings[768]).toBe('파');
    expect(info).toEqual({ ends: [1], layers: 4, heads: 4 });
    expect(model.chatTemplate).toBeUndefined();
  });

  test('the settings leave the tokens that core draws from', async () => {
    const logits = await model.nextLogits('The file ');
    for (const settings of SETTINGS.slice(2)) {
      const sampling = { ...PLAIN, ...settings };
      const { candidates, left, mass, bits, modelBits } = expectation(logits, sampling, logits.length);
      const kept = candidates.filter(({ cut }) => cut === undefined);
      expect(kept).toHaveLength(left);
      expect(kept.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
      expect(kept.reduce((sum, one) => sum + one.model, 0)).toBeCloseTo(mass, 6);
      const entropyOf = (values: number[]) =>
        values.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0);
      expect(bits).toBeCloseTo(entropyOf(kept.map(({ probability }) => probability)), 5);
      expect(modelBits).toBeCloseTo(entropyOf(candidates.map((one) => one.model)), 5);
      // Shares of draws over many seeds come near the shown probabilities.
      const counts = new Map<number, number>();
      const draws = 500;
      for (let seed = 0; seed < draws; seed += 1) {
        const id = draw(logits, { ...sampling, seed }, 0);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      for (const id of counts.keys()) expect(kept.some((one) => one.id === id)).toBe(true);
      expect((counts.get(kept[0]!.id) ?? 0) / draws).toBeCloseTo(kept[0]!.probability, 1);
    }
  });
});

test('stories15m writes the text of core', async () => {
  const model = await load('stories15m');
  expect(model.chatTemplate).toBeUndefined();
  const sampling = { temperature: 0.8, topK: 40, topP: 1, minP: 0, seed: 7 };
  const { ids } = await written('stories15m', 'Once upon a time', sampling, 16);
  const expected = await model.generate('Once upon a time', { ...sampling, maxNewTokens: 16 });
  expect(ids).toEqual([...expected.ids]);
});
