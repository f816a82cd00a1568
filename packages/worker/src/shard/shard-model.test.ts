import { createBackend, SafetensorsCheckpoint } from '@headwise/core';
import { readDecoderConfig } from '@headwise/core/internal';
import { expect, test } from 'vitest';
import { decoderFiles } from '../../test/helpers/tiny-generators.ts';
import { ShardModel } from './shard-model.ts';

test('ShardModel has no cache of a session after it was closed, and may open it again', async () => {
  const files = decoderFiles('llama');
  const config = await readDecoderConfig(JSON.parse(String(files['config.json'])));
  const weights = new Blob([files['model.safetensors'] as Uint8Array<ArrayBuffer>]);
  const checkpoint = await SafetensorsCheckpoint.open({
    size: weights.size,
    read: async (begin: number, end: number) => new Uint8Array(await weights.slice(begin, end).arrayBuffer()),
  });
  const plan = { shard: { index: 0, count: 1 }, dtype: 'f32' } as const;
  const backend = await createBackend('reference');
  const model = await ShardModel.load({ kind: 'decoder', config }, checkpoint, backend, plan);
  const bytes: number[] = [];
  for (let i = 0; i < 3; i++) {
    model.openSession({ session: 7, slots: 1, capacity: 8 });
    expect(model.cache(7)).toBeDefined();
    model.closeSession(7);
    expect(() => model.cache(7)).toThrow('session 7 is not open');
    bytes.push(backend.weightBytes);
  }
  // Tables of rotary positions stay, caches do not.
  expect(new Set(bytes).size).toBe(1);
  model.dispose();
});
