import type { Begun } from './call-queue.ts';
import type { ShardRequest } from './shard-call.ts';
import type { Shards } from './shards.ts';

/** Makes a call over all workers when the one before has settled. */
export type MakeCall = <A, R>(request: ShardRequest<A, R>) => Promise<R>;

/** Several calls over all workers, one after another, as one piece of work: nobody else's come between them. */
export function runSerially<T>(shards: Shards, body: (call: MakeCall) => Promise<T>): Begun<T> {
  let last: Promise<unknown> = Promise.resolve();
  const result = body(async (request) => {
    await last;
    const call = shards.begin(request);
    last = call.settled;
    return call.result;
  });
  const ended = result.then(
    () => {},
    () => {},
  );
  return { result, settled: ended.then(() => last) };
}
