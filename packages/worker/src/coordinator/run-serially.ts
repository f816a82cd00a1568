import type { RunningTask } from '@headwise/core/internal';
import type { ShardRequest } from './shard-call.ts';
import type { Shards } from './shards.ts';

/** Sends a request to all shards after the previous one has settled. */
export type SendRequest = <A, R>(request: ShardRequest<A, R>) => Promise<R>;

/** Runs several requests in order as one task of a queue, so that no other request runs between them. */
export function runSerially<T>(shards: Shards, body: (send: SendRequest) => Promise<T>): RunningTask<T> {
  let previous: Promise<unknown> = Promise.resolve();
  const result = body(async (request) => {
    await previous;
    const call = shards.start(request);
    previous = call.settled;
    return call.result;
  });
  const bodyEnded = result.then(
    () => {},
    () => {},
  );
  return { result, settled: bodyEnded.then(() => previous) };
}
