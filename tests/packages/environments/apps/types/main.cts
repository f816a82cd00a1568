import core = require('@headwise/core');
import worker = require('@headwise/worker');

export const isHeadwise = (error: unknown): boolean => error instanceof core.HeadwiseError;
export type Options = core.LoadEncoderOptions;
export async function f(options: Options): Promise<number> {
  const model = await core.loadEncoder('a/b', options);
  const parallel = await worker.loadEncoder('a/b', { workers: 2 });
  const vectors: Float32Array[] = await model.embed(['x']);
  return vectors.length + (await parallel.embed('x')).length;
}
