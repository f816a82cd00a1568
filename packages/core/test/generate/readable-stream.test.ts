import { describe, expect, it } from 'vitest';
import { HeadwiseError, toReadableStream, toTextStream } from '../../src/index.ts';
import { alphabet, scripted } from '../helpers/scripted-model.ts';

const read = async <T>(stream: ReadableStream<T>): Promise<T[]> => {
  const values: T[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return values;
    values.push(value);
  }
};

describe('toReadableStream', () => {
  it('has the pieces of the generation', async () => {
    const { model } = scripted(alphabet);
    const pieces = await read(toReadableStream(model.stream('u')));
    expect(pieces.map(({ text }) => text).join('')).toBe('vwxyz');
    expect(pieces.flatMap(({ tokens }) => tokens).length).toBe((await model.generate('u')).ids.length);
  });

  it('computes nothing before it is read', async () => {
    const { model, engine } = scripted(alphabet);
    const stream = toReadableStream(model.stream('u'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(engine.calls).toHaveLength(0);
    await stream.cancel();
    expect(engine.calls).toHaveLength(0);
  });

  it('ends the generation when it is cancelled', async () => {
    const { model, engine } = scripted(alphabet, { before: () => new Promise((r) => setTimeout(r, 1)) });
    const reader = toReadableStream(model.stream('a')).getReader();
    expect((await reader.read()).value?.text).toBe('b');
    await reader.cancel();
    expect(engine.calls.length).toBeLessThan(5);
    expect((await model.generate('w')).text).toBe('xyz');
  });

  it('fails as the generation does', async () => {
    const { model } = scripted(alphabet, {
      before: async () => {
        throw new HeadwiseError('ERR_TEST', 'a worker died');
      },
    });
    await expect(read(toReadableStream(model.stream('w')))).rejects.toThrow('a worker died');
    await expect(read(toReadableStream(model.stream('w', { maxNewTokens: -1 })))).rejects.toThrow('maxNew');
  });
});

describe('toTextStream', () => {
  it('is the body of a response', async () => {
    const { model } = scripted(alphabet);
    expect(await new Response(toTextStream(model.stream('u'))).text()).toBe('vwxyz');
  });

  it('ends the generation when the response is left', async () => {
    const { model, engine } = scripted(alphabet, { before: () => new Promise((r) => setTimeout(r, 1)) });
    const { body } = new Response(toTextStream(model.stream('a')));
    const reader = body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(engine.calls.length).toBeLessThan(6);
    expect((await model.generate('w')).text).toBe('xyz');
  });
});
