import { describe, expect, it } from 'vitest';
import { ConfigError, ContextLengthError, type GenerateOptions, Seq2SeqLM } from '../../src/index.ts';
import { parseSeq2SeqConfig } from '../../src/internal.ts';
import { type Script, ScriptedEngine } from '../helpers/scripted-engine.ts';
import { alphabet, certain, EOS, idOf, saying, scripted, VOCABULARY } from '../helpers/scripted-model.ts';
import { tinyTokenizerOf, tinyTokens } from '../helpers/tiny-generators.ts';
import { tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

const tokenizer = tinyTokenizerOf();

describe('generate with one prompt', () => {
  it('stops at the end-of-sequence token', async () => {
    const { model, engine } = scripted(alphabet);
    const result = await model.generate('v', { maxNewTokens: 20, logProbs: true });
    expect(result.text).toBe('wxyz');
    expect(result.ids).toEqual(Int32Array.of(...'wxyz'.split('').map(idOf), EOS));
    expect(result).toMatchObject({ finishReason: 'stop', stoppedBy: EOS, cachedTokens: 0 });
    expect(result.promptIds).toEqual(Int32Array.of(idOf('v')));
    expect(result.tokens.map(({ token, text }) => [token, text])).toEqual([
      ['w', 'w'],
      ['x', 'x'],
      ['y', 'y'],
      ['z', 'z'],
      ['</s>', ''],
    ]);
    for (const { logProbability } of result.tokens) expect(logProbability).toBeCloseTo(0, 6);
    expect(engine.calls.map(({ tokens }) => tokens)).toEqual([[1], [1], [1], [1], [1]]);
  });

  it('stops after maxNewTokens', async () => {
    const { model } = scripted(alphabet);
    const result = await model.generate('a', { maxNewTokens: 3 });
    expect(result).toMatchObject({ text: 'bcd', finishReason: 'length' });
    expect(result.stoppedBy).toBeUndefined();
    expect((await model.generate('a')).text).toBe('bcdefghijklmnopqrstuvwxyz');
  });

  it('stops at the end of the context', async () => {
    const { model } = scripted(() => certain(idOf('a')));
    const result = await model.generate('b'.repeat(40), { maxNewTokens: 20 });
    expect(result).toMatchObject({ text: 'a'.repeat(8), finishReason: 'context' });
    expect(await model.generate('b'.repeat(40), { maxNewTokens: 8 })).toMatchObject({
      finishReason: 'length',
    });
    expect(await model.generate('b'.repeat(47), { maxNewTokens: 8 })).toMatchObject({ text: 'a' });
  });

  it('throws ContextLengthError for a prompt that is too long, or truncates it with truncatePrompt', async () => {
    const { model, engine } = scripted(alphabet);
    const long = 'abcdefghijklmnopqrstuvwxyz'.repeat(2);
    const refused = model.generate(long, { maxNewTokens: 5 });
    await expect(refused).rejects.toThrow(ContextLengthError);
    await expect(refused).rejects.toMatchObject({ tokens: 52, contextLength: 48, code: 'ERR_CONTEXT' });
    await expect(refused).rejects.toThrow('generate: the prompt has 52 tokens, the model reads 48');
    await expect(model.generate('a'.repeat(48))).rejects.toThrow(ContextLengthError);
    expect(engine.computed).toBe(0);
    const cut = await model.generate(`${long}ab`, { maxNewTokens: 5, truncatePrompt: 'left' });
    expect(cut).toMatchObject({ text: 'cdefg', finishReason: 'length' });
    expect(cut.promptIds).toHaveLength(43);
    const end = await model.generate(long, { maxNewTokens: 40, truncatePrompt: 'right' });
    expect(end.promptIds).toEqual(tokenizer.encode(long).ids.slice(0, 24));
    const begun = Int32Array.from([1, ...tokenizer.encode(long).ids]);
    const kept = await model.generate(begun, { maxNewTokens: 8, truncatePrompt: 'left' });
    expect(kept.promptIds).toEqual(Int32Array.from([1, ...begun.slice(-39)]));
  });

  it('starts from the beginning-of-sequence token for an empty prompt', async () => {
    const { model } = scripted(alphabet);
    // In GPT-2 it is the same as the end-of-sequence token.
    const { promptIds, text } = await model.generate('', { maxNewTokens: 2 });
    expect([promptIds, text]).toEqual([Int32Array.of(EOS), 'ab']);
  });

  it('accepts token ids', async () => {
    const { model } = scripted(alphabet);
    expect((await model.generate(Int32Array.of(idOf('x')))).text).toBe('yz');
    await expect(model.generate(Int32Array.of(99))).rejects.toThrow('ids are 0 … 60, got 99');
    await expect(model.generate([7] as never)).rejects.toThrow(ConfigError);
    await expect(model.generate(undefined as never)).rejects.toThrow('expected a string');
  });
});

describe('generate with several prompts', () => {
  it('computes them together, each to its own end, and closes the session', async () => {
    const { model, engine } = scripted(alphabet);
    const results = await model.generate(['w', 'u', 'y']);
    expect(results.map(({ text }) => text)).toEqual(['xyz', 'vwxyz', 'z']);
    expect(engine.calls.map(({ tokens }) => tokens.length)).toEqual([3, 3, 2, 2, 1, 1]);
    expect(engine.opened).toEqual([{ slots: 3, capacity: 48 }]);
    expect(engine.open).toBe(0);
  });

  it('starts waiting prompts when others end', async () => {
    const { model, engine } = scripted(alphabet);
    const prompts = [...'zyxwvutzyx'];
    const results = await model.generate(prompts, { batchSize: 3 });
    expect(results.map(({ text }) => text)).toEqual(
      prompts.map((letter) => 'abcdefghijklmnopqrstuvwxyz'.slice(tinyTokens.indexOf(letter) - 4)),
    );
    expect(Math.max(...engine.calls.map(({ tokens }) => tokens.length))).toBe(3);
    // 33 tokens, three at a time: nearly all passes are full.
    expect(engine.calls.length).toBeLessThanOrEqual(14);
  });

  it('computes a common prefix once', async () => {
    const { model, engine } = scripted(alphabet);
    const beginning = 'the river bank was muddy ';
    const results = await model.generate([`${beginning}a`, `${beginning}m`, `${beginning}x`, 'q'], {
      maxNewTokens: 2,
    });
    expect(results.map(({ text }) => text)).toEqual(['bc', 'no', 'yz', 'rs']);
    expect(results.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 25, 25, 0]);
    expect(engine.computed).toBe(26 + 1 + 1 + 1 + 4);
  });

  it('computes at most 512 tokens of long prompts in one pass', async () => {
    const { model, engine } = scripted(alphabet, { contextLength: 5000 });
    const results = await model.generate(['a'.repeat(400), 'b'.repeat(400)], { maxNewTokens: 1 });
    expect(results.map(({ text }) => text)).toEqual(['b', 'c']);
    expect(engine.calls.map(({ tokens }) => tokens)).toEqual([[400, 112], [288]]);
  });

  it('returns an empty list for no prompts', async () => {
    const { model, engine } = scripted(alphabet);
    expect(await model.generate([])).toEqual([]);
    expect(engine.opened).toEqual([]);
  });

  it('throws before computing anything if one prompt is too long', async () => {
    const { model, engine } = scripted(alphabet);
    await expect(model.generate(['a', 'b'.repeat(60)])).rejects.toThrow(ContextLengthError);
    expect(engine.computed).toBe(0);
  });
});

describe('key-value cache', () => {
  it('is reused for the common prefix with the previous call', async () => {
    const { model, engine } = scripted(alphabet);
    await model.generate('hello a', { maxNewTokens: 3 });
    // The last of the three new tokens has not been decoder input.
    expect(engine.computed).toBe(7 + 2);
    const second = await model.generate('hello abcde', { maxNewTokens: 2 });
    expect(second).toMatchObject({ text: 'fg', cachedTokens: 9 });
    expect(engine.computed).toBe(9 + 2 + 1);
    const same = await model.generate('hello abcde', { maxNewTokens: 2 });
    expect(same).toMatchObject({ text: 'fg', cachedTokens: 10 });
    const other = await model.generate('help', { maxNewTokens: 2 });
    expect(other).toMatchObject({ text: 'qr', cachedTokens: 3 });
    expect(engine.opened).toHaveLength(1);
  });

  it('is shared with nextTokens', async () => {
    const { model, engine } = scripted(alphabet);
    await model.generate('hello a', { maxNewTokens: 1 });
    const before = engine.computed;
    const [next] = await model.nextTokens('hello abc', { topK: 1 });
    expect(next).toMatchObject({ token: 'd', text: 'd' });
    expect(engine.computed - before).toBe(2);
    expect((await model.generate('hello abcd', { maxNewTokens: 1 })).cachedTokens).toBe(9);
    const whole = engine.computed;
    await model.nextTokens('hello abcd');
    expect(engine.computed - whole).toBe(1);
  });

  it('is reopened with a larger capacity when a text exceeds it', async () => {
    const { model, engine } = scripted(alphabet, { contextLength: 5000 });
    await model.generate('a'.repeat(100), { maxNewTokens: 10 });
    expect(engine.opened.at(-1)).toEqual({ slots: 1, capacity: 256 });
    await model.generate('a'.repeat(300), { maxNewTokens: 10 });
    expect(engine.opened.at(-1)).toEqual({ slots: 1, capacity: 512 });
    expect(engine.open).toBe(1);
    // Long prompts are computed in chunks.
    await model.generate('b'.repeat(1300), { maxNewTokens: 1 });
    expect(engine.calls.slice(-3).map(({ tokens }) => tokens)).toEqual([[512], [512], [276]]);
  });
});

describe('stopping', () => {
  const ends = async (text: string, options: GenerateOptions) => {
    const { model } = scripted(saying(text, 1));
    const pieces: string[] = [];
    const stream = model.stream('a', options);
    let step = await stream.next();
    while (!step.done) {
      pieces.push(step.value.text);
      step = await stream.next();
    }
    expect(pieces.join('')).toBe(step.value.text);
    expect(await model.generate('a', options)).toMatchObject({ text: step.value.text });
    return step.value;
  };

  it('finds a stop string across tokens and removes it from the text', async () => {
    expect(await ends('one two three', { stopStrings: ['o t', 'zz'] })).toMatchObject({
      text: 'one tw',
      finishReason: 'stop',
      stoppedBy: 'o t',
    });
    expect(await ends('one two', { stopStrings: ['twos', 'two!'] })).toMatchObject({
      text: 'one two',
      stoppedBy: EOS,
    });
  });

  it('ends the text at a stop token', async () => {
    const result = await ends('one. two', { stopTokens: [idOf('.')] });
    expect(result).toMatchObject({ text: 'one', finishReason: 'stop', stoppedBy: idOf('.') });
    expect(result.ids.at(-1)).toBe(idOf('.'));
  });

  it('uses eosTokenId in place of the model’s, or none for null', async () => {
    expect(await ends('one. two', { eosTokenId: idOf('.') })).toMatchObject({ text: 'one' });
    const endless = await ends('one', { eosTokenId: null, maxNewTokens: 6 });
    expect(endless).toMatchObject({ text: 'one', finishReason: 'length' });
    expect(endless.ids).toHaveLength(6);
    expect(await ends('one', { eosTokenId: null, maxNewTokens: 6, skipSpecialTokens: false })).toMatchObject({
      text: 'one</s></s></s>',
    });
  });

  it('is not allowed before minNewTokens or minLength', async () => {
    const result = await ends('o', { minNewTokens: 3, maxNewTokens: 10 });
    expect(result.ids.indexOf(EOS)).toBe(3);
    expect((await ends('o', { minLength: 5, maxNewTokens: 10 })).ids.indexOf(EOS)).toBe(4);
  });
});

describe('sampling', () => {
  const even: Script = (ids) => Float32Array.from({ length: VOCABULARY }, (_, i) => Math.sin(i * ids.length));
  const options = { doSample: true, maxNewTokens: 12, seed: 5, eosTokenId: null };

  it('gives the same text for the same seed, which the result contains', async () => {
    const { model } = scripted(even);
    const first = await model.generate('a', options);
    expect(first.seed).toBe(5);
    expect((await model.generate('a', options)).ids).toEqual(first.ids);
    expect((await model.generate('a', { ...options, seed: 6 })).ids).not.toEqual(first.ids);
    const unknown = await model.generate('a', { ...options, seed: undefined as never });
    expect((await model.generate('a', { ...options, seed: unknown.seed! })).ids).toEqual(unknown.ids);
  });

  it('is switched on by temperature alone, and temperature 0 is greedy search', async () => {
    const { model } = scripted(even);
    const { doSample: _, ...implied } = { ...options, temperature: 0.7 };
    const drawn = await model.generate('a', implied);
    expect(drawn.seed).toBe(5);
    expect(drawn.ids).toEqual((await model.generate('a', { ...implied, doSample: true })).ids);
    const greedy = await model.generate('a', { maxNewTokens: 12, eosTokenId: null });
    expect(drawn.ids).not.toEqual(greedy.ids);
    const cold = await model.generate('a', { ...implied, temperature: 0, topK: 3 });
    expect(cold.ids).toEqual(greedy.ids);
    expect(cold.seed).toBeUndefined();
    await expect(model.generate('a', { doSample: false, temperature: 0.7 })).rejects.toThrow(ConfigError);
  });

  it('gives the same text alone and in a batch', async () => {
    const { model } = scripted(even);
    const alone = await model.generate('a', options);
    const [first, second] = await model.generate(['a', 'a'], options);
    expect(first!.ids).toEqual(alone.ids);
    expect(second!.ids).not.toEqual(alone.ids);
  });

  it('computes the prompt once for numReturnSequences', async () => {
    const { model, engine } = scripted(even);
    const prompt = 'the river bank was muddy';
    const { alternatives, ids } = await model.generate(prompt, { ...options, numReturnSequences: 4 });
    const all = [ids, ...alternatives!.map((other) => other.ids)];
    expect(new Set(all.map(String)).size).toBe(4);
    expect(engine.computed).toBe(24 + 3 + 4 * 11);
    expect((await model.generate(prompt, options)).ids).toEqual(ids);
  });

  it('uses only tokens within topK, topP and minP', async () => {
    const { model } = scripted(() => [
      0,
      0,
      0,
      0,
      0,
      3,
      2.9,
      1,
      ...new Array<number>(VOCABULARY - 8).fill(0),
    ]);
    const sampledIds = async (more: GenerateOptions) =>
      [...new Set((await model.generate('a', { ...options, maxNewTokens: 40, ...more })).ids)].sort();
    expect(await sampledIds({ topK: 1 })).toEqual([5]);
    expect(await sampledIds({ topK: 2 })).toEqual([5, 6]);
    expect(await sampledIds({ topK: 0, minP: 0.1 })).toEqual([5, 6, 7]);
    expect((await sampledIds({ topK: 0 })).length).toBeGreaterThan(10);
    expect(await sampledIds({ topK: 0, topP: 0.3 })).toEqual([5, 6]);
    expect((await sampledIds({ temperature: 0.05 })).length).toBeLessThan(3);
  });
});

describe('logits processors', () => {
  it('change the generated tokens', async () => {
    const { model } = scripted(() => {
      const logits = new Float32Array(VOCABULARY);
      logits.set([3, 2.5, 2], idOf('a'));
      return logits;
    });
    const text = async (options: GenerateOptions) =>
      (await model.generate('x', { maxNewTokens: 4, ...options })).text;
    expect(await text({})).toBe('aaaa');
    expect(await text({ repetitionPenalty: 1.3 })).toBe('abaa');
    expect(await text({ noRepeatNgramSize: 2 })).toBe('aaba');
    expect(await text({ logitBias: { [idOf('c')]: 5 } })).toBe('cccc');
    expect(await text({ logitBias: { [idOf('a')]: -Infinity } })).toBe('bbbb');
    expect(await text({ suppressTokens: [idOf('a'), idOf('b')] })).toBe('cccc');
    expect(await text({ badWordsIds: [[idOf('a'), idOf('a')]] })).toBe('abab');
    expect(await text({ forcedBosTokenId: idOf('q'), forcedEosTokenId: idOf('z') })).toBe('qaaz');
    expect(await text({ logitsProcessors: [(scores) => scores.fill(9, idOf('k'), idOf('l'))] })).toBe('kkkk');
  });

  it('return log-probabilities only if asked for', async () => {
    const { model } = scripted(alphabet);
    for (const beams of [{}, { numBeams: 2 }]) {
      const without = await model.generate('v', { maxNewTokens: 3, ...beams });
      for (const token of without.tokens) expect('logProbability' in token).toBe(false);
      for (const asked of [{ logProbs: true }, { topLogProbs: 1 }, { topLogProbs: 1, logProbs: false }]) {
        const { tokens } = await model.generate('v', { maxNewTokens: 3, ...beams, ...asked });
        for (const { logProbability } of tokens) expect(logProbability).toBeCloseTo(0, 6);
      }
    }
  });

  it('do not change reported probabilities', async () => {
    const { model } = scripted(() => {
      const logits = new Float32Array(VOCABULARY).fill(-100);
      logits.set([Math.log(0.6), Math.log(0.3), Math.log(0.1)], idOf('a'));
      return logits;
    });
    const { tokens } = await model.generate('x', {
      maxNewTokens: 1,
      topLogProbs: 3,
      logitBias: { [idOf('a')]: -Infinity },
    });
    const [{ token, logProbability, top }] = tokens as [(typeof tokens)[0]];
    expect(token).toBe('b');
    expect(logProbability).toBeCloseTo(Math.log(0.3), 5);
    expect(top!.map((other) => [other.token, Number(other.probability.toFixed(5))])).toEqual([
      ['a', 0.6],
      ['b', 0.3],
      ['c', 0.1],
    ]);
  });

  it('throw ERR_NUMERIC when all tokens are forbidden or logits are not finite', async () => {
    const { model } = scripted(alphabet);
    const all = Array.from({ length: VOCABULARY }, (_, id) => id);
    await expect(model.generate('a', { suppressTokens: all })).rejects.toThrow('all tokens are forbidden');
    await expect(model.generate('a', { suppressTokens: all, numBeams: 2 })).rejects.toThrow(
      'all tokens are forbidden',
    );
    const broken = scripted(() => new Float32Array(VOCABULARY).fill(Number.NaN));
    await expect(broken.model.generate('a')).rejects.toMatchObject({ code: 'ERR_NUMERIC' });
    expect((await model.generate('w')).text).toBe('xyz');
  });
});

describe('sources of encoder–decoders', () => {
  /** Repeats the source. */
  const echo: Script = (ids, source) => certain(source![ids.length - 1]!);
  const model = () => {
    const engine = new ScriptedEngine(echo, { vocabSize: VOCABULARY });
    const config = parseSeq2SeqConfig({ ...tinySeq2SeqConfig('t5'), eos_token_id: EOS });
    return { engine, model: new Seq2SeqLM(config, tokenizer, engine) };
  };
  const of = (length: number, token: string) =>
    Int32Array.from([...new Array<number>(length).fill(idOf(token)), EOS]);

  it('are encoded once each, in batches, and stay assigned to their texts', async () => {
    const { model: seq2seq, engine } = model();
    const sources = [of(200, 'a'), of(300, 'b'), of(100, 'c'), of(700, 'd'), of(9, 'e')];
    const results = await seq2seq.generate(sources, { maxNewTokens: 1000, batchSize: 3 });
    expect(results.map(({ ids }) => ids)).toEqual(sources);
    expect(engine.encodedSources).toEqual([[201, 301], [101], [701], [10]]);
  });

  it('are encoded once for all beams', async () => {
    const { model: seq2seq, engine } = model();
    const sources = [of(4, 'a'), of(6, 'b')];
    const results = await seq2seq.generate(sources, { numBeams: 3, maxNewTokens: 20 });
    expect(results.map(({ ids }) => ids)).toEqual(sources);
    expect(engine.encodedSources).toEqual([[5, 7]]);
  });
});
