import { type EncoderModel, loadEncoder } from '@headwise/core';
import { loadModel, loadEncoder as loadParallel } from '@headwise/worker';
import { expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { decoderFiles } from './helpers/tiny-generators.ts';

test('a decoder with the files of sentence-transformers embeds over workers as in one thread', async () => {
  const type = (name: string) => `sentence_transformers.models.${name}`;
  const files = {
    ...decoderFiles('qwen3'),
    'modules.json': JSON.stringify([
      { idx: 0, name: '0', path: '', type: type('Transformer') },
      { idx: 1, name: '1', path: '1_Pooling', type: type('Pooling') },
    ]),
    '1_Pooling/config.json': JSON.stringify({ pooling_mode: ['lasttoken', 'mean'] }),
  };
  const texts = ['the river bank', 'a'];
  const single = await loadEncoder(files);
  const expected = await single.embed(texts);
  for (const load of [loadParallel, loadModel]) {
    const parallel = (await load(files, { workers: 2 })) as EncoderModel;
    const vectors = await parallel.embed(texts);
    for (const [i, vector] of vectors.entries()) expectClose([...vector], [...expected[i]!]);
    await parallel.dispose();
  }
  await single.dispose();
  await expect(loadParallel(files, { split: 'batch' })).rejects.toThrow(
    "split must be 'heads' for a decoder",
  );
});
