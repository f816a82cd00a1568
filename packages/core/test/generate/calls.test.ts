import { describe, expect, it } from 'vitest';
import { type GeneratedPiece, type GeneratedToken, HeadwiseError } from '../../src/index.ts';
import { alphabet, certain, EOS, idOf, scripted } from '../helpers/scripted-model.ts';

/** Waits for a timer. */
const nextTimer = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('concurrent calls', () => {
  it('run one after another, in call order', async () => {
    const { model, engine } = scripted(alphabet, { before: nextTimer });
    const ended: string[] = [];
    const call = async (prompt: string) => {
      const { text } = await model.generate(prompt);
      ended.push(prompt);
      return text;
    };
    expect(await Promise.all([call('w'), call('y'), call('u')])).toEqual(['xyz', 'z', 'vwxyz']);
    expect(ended).toEqual(['w', 'y', 'u']);
    expect(engine.calls.every(({ tokens }) => tokens.length === 1)).toBe(true);
  });

  it('continue after a call has failed', async () => {
    let fail = false;
    const { model } = scripted(alphabet, {
      before: async () => {
        await nextTimer();
        if (fail) throw new HeadwiseError('ERR_TEST', 'a worker died');
      },
    });
    fail = true;
    const failing = model.generate('w');
    const next = model.generate('w');
    await expect(failing).rejects.toThrow('a worker died');
    fail = false;
    expect((await next).text).toBe('xyz');
  });
});

describe('abort', () => {
  it('rejects with the reason before the next token and leaves the model usable', async () => {
    const { model, engine } = scripted(alphabet, { before: nextTimer });
    const controller = new AbortController();
    const tokens: string[] = [];
    const aborted = model.generate('a', {
      signal: controller.signal,
      onToken: ({ token }) => {
        tokens.push(token);
        if (token === 'e') controller.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(tokens.join('')).toBe('bcde');
    expect(engine.calls).toHaveLength(4);
    // Tokens computed before the abort stay cached.
    expect(await model.generate('abcdefg')).toMatchObject({ cachedTokens: 4, text: 'hijklmnopqrstuvwxyz' });
  });

  it('takes effect after the forward pass during which it arrives', async () => {
    const controller = new AbortController();
    const { model, engine } = scripted(alphabet, {
      before: () => (engine.calls.length === 3 ? controller.abort(new Error('enough')) : undefined),
    });
    await expect(model.generate('a', { signal: controller.signal })).rejects.toThrow('enough');
    expect(engine.calls).toHaveLength(4);
    expect((await model.generate('w')).text).toBe('xyz');
  });

  it('is noticed while the calling thread computes', async () => {
    const busy = () => {
      for (const end = performance.now() + 3; performance.now() < end; );
    };
    const { model, engine } = scripted(() => alphabet([idOf('a')], undefined), {
      before: busy,
      contextLength: 5000,
    });
    const aborted = model.generate('a', { signal: AbortSignal.timeout(30), maxNewTokens: 2000 });
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
    // All 2000 tokens would take six seconds.
    expect(engine.calls.length).toBeLessThan(1000);
  });

  it('is noticed between many short calls', async () => {
    const busy = () => {
      for (const end = performance.now() + 3; performance.now() < end; );
    };
    const { model } = scripted(alphabet, { before: busy });
    const signal = AbortSignal.timeout(30);
    let calls = 0;
    const repeat = async () => {
      for (; calls < 1000; calls++) await model.nextTokens('a', { topK: 1, signal });
    };
    await expect(repeat()).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('removes a waiting call from the queue', async () => {
    const { model, engine } = scripted(alphabet, { before: nextTimer });
    const first = model.generate('a');
    const controller = new AbortController();
    const second = model.generate('w', { signal: controller.signal });
    const third = model.generate('y');
    controller.abort(new Error('no longer'));
    await expect(second).rejects.toThrow('no longer');
    expect(engine.calls.length).toBeLessThan(5);
    expect((await third).text).toBe('z');
    expect((await first).text).toMatch(/z$/);
    await expect(model.generate('a', { signal: controller.signal })).rejects.toThrow('no longer');
  });

  it('stops a long prompt between two forward passes', async () => {
    const controller = new AbortController();
    const { model, engine } = scripted(alphabet, {
      before: () => (engine.calls.length % 3 === 1 ? controller.abort(new Error('enough')) : undefined),
      contextLength: 5000,
    });
    const long = 'a'.repeat(3000);
    const { signal } = controller;
    await expect(model.generate(long, { signal })).rejects.toThrow('enough');
    expect(engine.calls.map(({ tokens }) => tokens)).toEqual([[128], [128]]);
    for (const call of [
      () => model.nextTokens(long, { signal }),
      () => model.perplexity(long, { signal }),
      () => model.logitLens(long, { signal }),
      () => model.trace(long, { signal }),
    ]) {
      await expect(call()).rejects.toThrow('enough');
    }
    expect(engine.calls).toHaveLength(2);
    expect(await model.generate('a', { maxNewTokens: 2 })).toMatchObject({ text: 'bc' });
  });
});

describe('stream', () => {
  const read = async (stream: AsyncGenerator<GeneratedPiece, unknown>) => {
    const pieces: GeneratedPiece[] = [];
    for await (const piece of stream) pieces.push(piece);
    return pieces;
  };

  it('yields pieces with their tokens and returns the complete generation', async () => {
    const { model } = scripted(alphabet);
    const pieces = await read(model.stream('w'));
    expect(pieces.map(({ text, tokens }) => [text, tokens.map(({ token }) => token).join('')])).toEqual([
      ['x', 'x'],
      ['y', 'y'],
      ['z', 'z</s>'],
    ]);
    const stream = model.stream('w');
    for (let i = 0; i < 3; i++) await stream.next();
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'xyz', finishReason: 'stop' } });
  });

  it('yields tokens without text with the text that follows them, or alone at the end', async () => {
    const first = scripted((ids) => certain([idOf('<s>'), idOf('b'), idOf('c')][ids.length - 1] ?? EOS));
    const shown = async (model: typeof first.model) =>
      (await read(model.stream('a'))).map(({ text, tokens }) => [
        text,
        tokens.map(({ token }) => token).join(''),
      ]);
    expect(await shown(first.model)).toEqual([
      ['b', '<s>b'],
      ['c', 'c</s>'],
    ]);
    expect(await shown(scripted(() => certain(EOS)).model)).toEqual([['', '</s>']]);
  });

  it('calls onToken at once and yields text when it is final', async () => {
    const { model } = scripted(alphabet);
    const events: string[] = [];
    const onToken = ({ token }: GeneratedToken) => events.push(`token ${token}`);
    for await (const { text } of model.stream('x', { onToken })) events.push(`text ${text}`);
    expect(events.filter((event) => event.startsWith('token'))).toEqual(['token y', 'token z', 'token </s>']);
    expect(events.indexOf('token z')).toBeLessThan(events.indexOf('text y'));
    expect(events.at(-1)).toBe('text z');
  });

  it('stops generation when the loop is left', async () => {
    const { model, engine } = scripted(alphabet, { before: nextTimer });
    for await (const { text } of model.stream('a')) if (text === 'd') break;
    const after = engine.calls.length;
    expect(after).toBeLessThan(8);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(engine.calls).toHaveLength(after);
    expect((await model.generate('w')).text).toBe('xyz');
  });

  it('does not block other calls when it is not read', async () => {
    const { model } = scripted(alphabet);
    const unread = model.stream('a');
    await unread.next();
    expect((await model.generate('w')).text).toBe('xyz');
    await unread.return(undefined as never);
    const never = model.stream('a');
    expect((await model.generate('y')).text).toBe('z');
    await never.return(undefined as never);
  });

  it('rejects when aborted and for invalid input, like generate', async () => {
    const { model } = scripted(alphabet, { before: nextTimer });
    const controller = new AbortController();
    const stream = model.stream('a', { signal: controller.signal });
    expect((await stream.next()).value).toMatchObject({ text: 'b' });
    controller.abort(new Error('enough'));
    await expect(read(stream)).rejects.toThrow('enough');
    await expect(model.stream('a', { signal: controller.signal }).next()).rejects.toThrow('enough');
    await expect(model.stream('a'.repeat(60)).next()).rejects.toThrow('the prompt has 60 tokens');
    await expect(model.stream('a', { numBeams: 2 }).next()).rejects.toThrow('must be 1');
    await expect(model.stream('a', { maxNewTokens: 0 }).next()).rejects.toThrow('maxNewTokens');
    expect((await model.generate('w')).text).toBe('xyz');
  });

  it('yields tokens without text with the last piece', async () => {
    const { model } = scripted(alphabet);
    expect((await read(model.stream('x', { skipSpecialTokens: false }))).at(-1)).toMatchObject({
      text: 'z',
      tokens: [{ token: 'z' }, { token: '</s>', id: EOS }],
    });
  });
});

describe('dispose', () => {
  it('makes later calls reject', async () => {
    const { model } = scripted(alphabet);
    await model.generate('w');
    await model.dispose();
    await model.dispose();
    await expect(model.generate('w')).rejects.toThrow();
  });
});
