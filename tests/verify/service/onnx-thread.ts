import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { nodePlatform } from '@headwise/benchmarks';
import { Tokenizer } from '@headwise/core';
import type {
  EmbedWork,
  FromThread,
  Outcome,
  ThreadStart,
  ToThread,
} from '../../../packages/server/src/protocol.ts';

// A thread of the service with onnxruntime-node instead of Headwise: the same messages, the same tokens, one thread of computation, and the texts of a
// batch padded to the longest, as its graph wants them.

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
}

interface Runtime {
  InferenceSession: { create(path: string, options: object): Promise<Session> };
  Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => unknown;
}

const { source } = workerData as ThreadStart;
const runtime = (await nodePlatform.peer('onnxruntimeNode')) as Runtime;
const session = await runtime.InferenceSession.create(join(source, 'onnx', 'model.onnx'), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const tokenizerJson: unknown = JSON.parse(await readFile(join(source, 'tokenizer.json'), 'utf8'));
const tokenizer = Tokenizer.fromFiles({ tokenizerJson });
const send = (message: FromThread) => parentPort!.postMessage(message);

parentPort!.on('message', async (message: ToThread) => {
  if (!('works' in message)) return;
  const works = message.works as readonly EmbedWork[];
  const encoded = works.flatMap(({ inputs }) => inputs.map((text) => tokenizer.encode(String(text)).ids));
  const vectors = await embed(encoded);
  let next = 0;
  const outcomes = works.map(({ inputs }): Outcome => {
    const data = inputs.map((_, index) => ({
      object: 'embedding',
      index,
      embedding: Buffer.from(vectors[next + index]!.buffer).toString('base64'),
    }));
    const promptTokens = inputs.reduce((sum, _, index) => sum + encoded[next + index]!.length, 0);
    next += inputs.length;
    return { result: { kind: 'embed', data: new TextEncoder().encode(JSON.stringify(data)), promptTokens } };
  });
  send({ task: message.task, outcomes });
});
send({
  ready: {
    kind: 'encoder',
    backend: 'onnxruntime-node',
    dtype: 'f32',
    embeddingSize: 384,
    canChat: false,
    takesTools: false,
  },
});

/** The normalised means of the last hidden states. */
async function embed(texts: readonly Int32Array[]): Promise<Float32Array[]> {
  const length = Math.max(...texts.map((ids) => ids.length));
  const size = texts.length * length;
  const [ids, mask] = [new BigInt64Array(size), new BigInt64Array(size)];
  for (const [row, text] of texts.entries()) {
    for (const [i, id] of text.entries()) {
      ids[row * length + i] = BigInt(id);
      mask[row * length + i] = 1n;
    }
  }
  const tensor = (data: BigInt64Array) => new runtime.Tensor('int64', data, [texts.length, length]);
  const { last_hidden_state: output } = await session.run({
    input_ids: tensor(ids),
    attention_mask: tensor(mask),
    token_type_ids: tensor(new BigInt64Array(size)),
  });
  const width = output!.data.length / size;
  return texts.map((text, row) => {
    const mean = new Float32Array(width);
    for (let i = 0; i < text.length; i++) {
      for (let k = 0; k < width; k++) mean[k]! += output!.data[(row * length + i) * width + k]!;
    }
    const norm = Math.hypot(...mean);
    return mean.map((value) => value / norm);
  });
}
