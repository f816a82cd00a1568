import { SafetensorsCheckpoint } from '@headwise/core';
import { readEncoderConfig } from '@headwise/core/internal';
import type { Remote } from 'comlink';
import { afterEach, expect, test, vi } from 'vitest';
import { tinyBert } from '../../test/helpers/tiny-bert.ts';
import type { CoordinatorApi } from '../protocol.ts';
import { MessageExchange } from './message-exchange.ts';
import { ShardHost } from './shard-host.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('a shard that sums nothing lets a cancellation in between two halves of blocks, if the call has a signal', async () => {
  const files = tinyBert({ layers: 6 });
  const bytes = files.get('model.safetensors') as Uint8Array;
  const checkpoint = await SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (begin: number, end: number) => bytes.slice(begin, end),
  });
  const coordinator = {
    readTensor: async (name: string) => ({ value: await checkpoint.read(name) }),
  } as unknown as Remote<CoordinatorApi>;
  const shard = { index: 0, count: 1 };
  const host = new ShardHost(shard, new MessageExchange(shard, [null]), coordinator);
  await host.load({
    model: {
      kind: 'encoder',
      config: await readEncoderConfig(JSON.parse(String(files.get('config.json'))), []),
    },
    backend: 'reference',
    wide: false,
    dtype: 'f32',
    tensors: checkpoint.names.map((name) => [name, checkpoint.info(name)]),
  });
  const batch = { ids: Int32Array.of(5, 6), typeIds: new Int32Array(2), offsets: Int32Array.of(0, 2) };
  const encode = (call: number, cancellable: boolean) =>
    host.encode({ call, cancellable, timed: false, hooked: [], recorded: [], batch, outputs: undefined });
  // By this clock, each half of a block takes longer than the time between two turns of the event loop.
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  setImmediate(() => host.cancel(0));
  await expect(encode(0, true)).rejects.toMatchObject({ reason: 'ended' });
  setImmediate(() => host.cancel(1));
  const [output] = await encode(1, false);
  expect((await encode(2, true))[0]).toEqual(output);
  host.dispose();
});
