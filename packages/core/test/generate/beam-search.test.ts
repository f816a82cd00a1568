import { describe, expect, it } from 'vitest';
import type { Generation } from '../../src/index.ts';
import { backendNames } from '../helpers/fixture.ts';
import { alphabet, certain, EOS, idOf, scripted, VOCABULARY } from '../helpers/scripted-model.ts';
import { tinyDecoders } from '../helpers/tiny-decoders.ts';
import { type BeamCase, loadTinyCausalLM, tinyReference } from '../helpers/tiny-generators.ts';

/** A generation with its alternatives. */
const all = (generation: Generation) => [generation, ...(generation.alternatives ?? [])];

describe.each(tinyDecoders)('beam search with %s', (name) => {
  it.each(backendNames)('returns the hypotheses and scores of PyTorch on %s', async (backend) => {
    const model = await loadTinyCausalLM(name, { backend });
    for (const { prompt, hypotheses, ...options } of tinyReference('decoders', name).beams as BeamCase[]) {
      const found = all(
        await model.generate(Int32Array.from(prompt), {
          ...options,
          numReturnSequences: hypotheses.length,
        }),
      );
      expect(found.map(({ ids }) => [...ids])).toEqual(hypotheses.map(({ ids }) => ids));
      for (const [i, { score, finished }] of hypotheses.entries()) {
        expect(found[i]!.score).toBeCloseTo(score, 4);
        expect(found[i]!.finishReason).toBe(finished ? 'stop' : 'length');
      }
    }
    await model.dispose();
  });
});

describe('beam search', () => {
  /** After x, a is more probable than b, but the best text begins with b. */
  const garden = (ids: readonly number[]) => {
    const logits = new Float32Array(VOCABULARY).fill(-30);
    const after = (tokens: Record<string, number>) => {
      for (const [token, probability] of Object.entries(tokens)) logits[idOf(token)] = Math.log(probability);
      return logits;
    };
    switch (ids.at(-1)) {
      case idOf('x'):
        return after({ a: 0.6, b: 0.4 });
      case idOf('a'):
        return after({ c: 0.3, d: 0.3, e: 0.4 });
      case idOf('b'):
        return after({ f: 0.9, g: 0.1 });
      default:
        return certain(EOS);
    }
  };

  it('finds a more probable text than greedy search', async () => {
    const { model } = scripted(garden);
    expect((await model.generate('x')).text).toBe('ae');
    const best = await model.generate('x', { numBeams: 2, numReturnSequences: 2, logProbs: true });
    expect(all(best).map(({ text }) => text)).toEqual(['bf', 'ae']);
    expect(best.score).toBeCloseTo(Math.log(0.36) / 3, 4);
    expect(best.tokens.map(({ token, text }) => [token, text])).toEqual([
      ['b', 'b'],
      ['f', 'f'],
      ['</s>', ''],
    ]);
    expect(best.tokens[0]!.logProbability).toBeCloseTo(Math.log(0.4), 4);
    expect(best).toMatchObject({ finishReason: 'stop', stoppedBy: EOS });
    const short = await model.generate('x', { numBeams: 2, maxNewTokens: 1 });
    expect(short).toMatchObject({ finishReason: 'length' });
    expect(short).not.toHaveProperty('stoppedBy');
  });

  it('computes a prompt once and copies slots only where beams diverge', async () => {
    const { model, engine } = scripted(garden);
    await model.generate('hello x', { numBeams: 2 });
    expect(engine.calls[0]).toEqual({ tokens: [7], copies: 0 });
    expect(engine.calls[1]).toEqual({ tokens: [1, 1], copies: 1 });
    expect(engine.opened).toEqual([{ slots: 2, capacity: 48 }]);
    const straight = scripted(alphabet);
    await straight.model.generate('a', { numBeams: 3, maxNewTokens: 8 });
    // All beams are continuations of the best one in every step.
    expect(straight.engine.calls.every(({ copies }) => copies <= 2)).toBe(true);
  });

  it('returns the same for several prompts at once as for each alone', async () => {
    const { model, engine } = scripted(alphabet);
    const options = { numBeams: 3, maxNewTokens: 30, batchSize: 2 };
    const prompts = ['w', 'a', 'hello', 'm'];
    const together = await model.generate(prompts, options);
    expect(Math.max(...engine.calls.map(({ tokens }) => tokens.length))).toBe(6);
    for (const [i, prompt] of prompts.entries()) {
      const { ids, score } = await model.generate(prompt, options);
      expect(together[i]).toMatchObject({ ids, score });
    }
    expect(engine.open).toBe(0);
  });

  it('returns topLogProbs with the text that each token would add', async () => {
    const { model } = scripted(garden);
    const { tokens } = await model.generate('x', { numBeams: 2, topLogProbs: 2 });
    expect(tokens.slice(0, 2).map(({ top }) => top!.map(({ text }) => text))).toEqual([
      ['a', 'b'],
      ['f', 'g'],
    ]);
  });

  it('keeps numBeams beams when several stop tokens are the most probable', async () => {
    const stops = ['p', 'q', 'r'].map(idOf);
    const { model, engine } = scripted((ids) => {
      const logits = new Float32Array(VOCABULARY).fill(-30);
      // The six best continuations of both beams are stop tokens.
      const next = { p: 0.2, q: 0.19, r: 0.18, a: 0.17, b: 0.16, c: 0.1 };
      for (const [token, probability] of Object.entries(next)) logits[idOf(token)] = Math.log(probability);
      return ids.length > 4 ? certain(EOS) : logits;
    });
    const found = await model.generate('x', {
      numBeams: 2,
      numReturnSequences: 2,
      maxNewTokens: 2,
      stopTokens: stops,
      earlyStopping: 'never',
      lengthPenalty: 8,
    });
    // One row for the prompt, then both beams.
    expect(engine.calls.map(({ tokens }) => tokens.length)).toEqual([1, 2]);
    expect(all(found).every(({ ids }) => ids.length === 2)).toBe(true);
  });

  it('does not end a text with a stop token that is not among the numBeams best continuations', async () => {
    const { model } = scripted((ids) => {
      const logits = new Float32Array(VOCABULARY).fill(-30);
      const next = ids.length === 1 ? { p: 0.4, a: 0.3, q: 0.25 } : { p: 0.5, b: 0.5 };
      for (const [token, probability] of Object.entries(next)) logits[idOf(token)] = Math.log(probability);
      return logits;
    });
    const found = await model.generate('x', {
      numBeams: 2,
      numReturnSequences: 2,
      maxNewTokens: 2,
      stopTokens: [idOf('p'), idOf('q')],
      lengthPenalty: 0,
    });
    expect(all(found).map(({ text, stoppedBy }) => [text, stoppedBy])).toEqual([
      ['', idOf('p')],
      ['a', idOf('p')],
    ]);
  });

  it('orders equal scores by beam, then by token', async () => {
    const { model } = scripted((ids) => {
      const logits = new Float32Array(VOCABULARY).fill(-30);
      if (ids.length > 2) return certain(EOS);
      for (const token of ['d', 'b', 'c', 'a']) logits[idOf(token)] = Math.log(0.25);
      return logits;
    });
    const found = await model.generate('x', { numBeams: 3, numReturnSequences: 3, maxNewTokens: 2 });
    expect(all(found).map(({ text }) => text)).toEqual(['aa', 'ab', 'ac']);
    expect(new Set(all(found).map(({ score }) => score)).size).toBe(1);
  });

  it('applies forcedBosTokenId and forcedEosTokenId', async () => {
    const { model } = scripted(garden);
    const forced = await model.generate('x', {
      numBeams: 2,
      maxNewTokens: 3,
      forcedBosTokenId: idOf('q'),
      forcedEosTokenId: idOf('z'),
      eosTokenId: idOf('z'),
      suppressTokens: [EOS],
    });
    expect([forced.text.at(0), forced.stoppedBy, forced.ids.length]).toEqual(['q', idOf('z'), 3]);
  });
});
