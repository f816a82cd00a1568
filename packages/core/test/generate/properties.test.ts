import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GENERATE_OPTIONS } from '../../src/generate/options.ts';
import { type GenerateOptions, HeadwiseError } from '../../src/index.ts';
import { loadTinyCausalLM, tinyTokens } from '../helpers/tiny-generators.ts';

const option = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const ids = fc.array(fc.nat(tinyTokens.length - 1), { maxLength: 3 });
const prompt = fc.string({ unit: fc.constantFrom(...'abcXYZ ,.'), minLength: 1, maxLength: 10 });

const stopStrings = option(
  fc.array(fc.string({ unit: fc.constantFrom(...'abcXYZ'), minLength: 1, maxLength: 2 }), {
    maxLength: 2,
  }),
);

/** Options that fit together. */
const options: fc.Arbitrary<GenerateOptions> = fc
  .record({
    maxNewTokens: fc.integer({ min: 1, max: 8 }),
    minNewTokens: option(fc.nat(4)),
    stopTokens: option(ids),
    eosTokenId: option(fc.constantFrom(null, 2, [2, 7])),
    repetitionPenalty: option(fc.constantFrom(0.8, 1, 1.3)),
    noRepeatNgramSize: option(fc.nat(3)),
    logitBias: option(
      fc.dictionary(fc.nat(tinyTokens.length - 1).map(String), fc.constantFrom(-2, 0, 5, -Infinity), {
        maxKeys: 3,
      }),
    ),
    suppressTokens: option(ids),
    logProbs: option(fc.boolean()),
    topLogProbs: option(fc.nat(3)),
    skipSpecialTokens: option(fc.boolean()),
    choice: fc.oneof(
      fc.record({ doSample: fc.constant(false), stopStrings }),
      fc.record({
        doSample: fc.constant(true),
        stopStrings,
        seed: fc.nat(2 ** 32 - 1),
        temperature: option(fc.constantFrom(0.3, 1, 2)),
        topK: option(fc.nat(20)),
        topP: option(fc.constantFrom(0.2, 0.9, 1)),
        minP: option(fc.constantFrom(0, 0.1, 1)),
      }),
      fc.record({
        doSample: fc.constant(false),
        numBeams: fc.integer({ min: 2, max: 4 }),
        lengthPenalty: option(fc.constantFrom(0, 1, 2)),
        earlyStopping: option(fc.constantFrom<boolean | 'never'>(true, false, 'never')),
      }),
    ),
  })
  .map(({ choice, ...more }) => defined({ ...more, ...choice }));

const defined = (object: object): GenerateOptions =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

it('any options that fit together give texts within them, the same again, and those of the reference', async () => {
  const [model, reference] = await Promise.all([
    loadTinyCausalLM('llama', { backend: 'wasm-simd' }),
    loadTinyCausalLM('llama', { backend: 'reference' }),
  ]);
  await fc.assert(
    fc.asyncProperty(prompt, options, async (text, drawn) => {
      const result = await model.generate(text, drawn);
      const { maxNewTokens, suppressTokens = [], logitBias = {}, topLogProbs = 0 } = drawn;
      expect(result.ids.length).toBeLessThanOrEqual(maxNewTokens!);
      for (const id of result.ids) {
        expect(suppressTokens).not.toContain(id);
        expect(logitBias[id]).not.toBe(-Infinity);
      }
      if (result.finishReason === 'length') expect(result.ids.length).toBe(maxNewTokens);
      if (drawn.logProbs === true || topLogProbs > 0)
        for (const { logProbability } of result.tokens) expect(logProbability).toBeLessThanOrEqual(1e-6);
      expect((await model.generate(text, drawn)).ids).toEqual(result.ids);
      expect((await reference.generate(text, drawn)).ids).toEqual(result.ids);
    }),
    { numRuns: 80, seed: 1 },
  );
  await Promise.all([model.dispose(), reference.dispose()]);
});

it('any options are accepted, or refused with a HeadwiseError', async () => {
  const model = await loadTinyCausalLM('llama', { backend: 'wasm-simd' });
  const name = fc.oneof(
    fc.constantFrom(...Object.keys(GENERATE_OPTIONS)),
    fc.constantFrom('__proto__', 'max_new_tokens'),
  );
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0,
      1,
      1.5,
      NaN,
      Infinity,
      2 ** 40,
      '',
      'left',
      [],
      [1],
      [[1]],
      [-1],
      ['a'],
      {},
      { 1: 1 },
    ),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const drawn = fc
    .array(fc.tuple(name, value), { maxLength: 2 })
    .map((entries) => ({ maxNewTokens: 2, ...Object.fromEntries(entries) }));
  let refused = 0;
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(drawn, async (some) => {
      try {
        await model.generate('ab', some as never);
        accepted++;
      } catch (error) {
        expect(error).toBeInstanceOf(HeadwiseError);
        refused++;
      }
    }),
    {
      numRuns: 500,
      seed: 1,
      // These once were TypeErrors.
      examples: [
        [{ maxNewTokens: 2, logitsProcessors: [-1] }],
        [{ maxNewTokens: 2, eosTokenId: true }],
        [{ maxNewTokens: 2, record: [false] }],
      ] as [{ maxNewTokens: number }][],
    },
  );
  expect(Math.min(refused, accepted)).toBeGreaterThan(20);
  await model.dispose();
});
