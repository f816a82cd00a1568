import { describe, expect, test } from 'vitest';
import { runScript } from './helpers/script.ts';

describe('a process exits', () => {
  test('when a model is idle and has not been disposed', async () => {
    const script = `
      const model = await loadEncoder(tinyBert(), { workers: 2 });
      console.log((await model.embed(['a', 'b'])).length);`;
    expect(await runScript(script)).toBe('2');
  });

  test('when a model was loaded and never used', async () => {
    expect(await runScript("await loadEncoder(tinyBert(), { workers: 2 }); console.log('loaded');")).toBe(
      'loaded',
    );
  });

  test('only after pending calls have finished', async () => {
    const script = `
      const model = await loadEncoder(tinyBert(), { workers: 2 });
      model.embed('a').then(({ length }) => console.log(length));`;
    expect(await runScript(script)).toBe('20');
  });

  test('after dispose when the shards ran in the main thread', async () => {
    const script = `
      import { portEndpoint } from '@headwise/worker';
      import { serveShard } from '@headwise/worker/shard';
      const spawn = () => {
        const { port1, port2 } = new MessageChannel();
        port2.onmessage = ({ data }) => serveShard(data);
        return portEndpoint(port1);
      };
      const model = await loadEncoder(tinyBert(), { workers: 3, spawn });
      console.log((await model.embed('a')).length);
      await model.dispose();`;
    expect(await runScript(script)).toBe('20');
  });

  test('after dispose when the shards ran in workers', async () => {
    const script = `
      const model = await loadEncoder(tinyBert(), { workers: 2 });
      await model.dispose();
      await model.embed('a').catch(({ code }) => console.log(code));`;
    expect(await runScript(script)).toBe('ERR_DISPOSED');
  });
});
