import { ConfigError } from '@headwise/core';
import { expose, wrap } from 'comlink';
import { type CoordinatorApi, SHARD_CALLS, type ShardApi, type StartMessage } from '../protocol.ts';
import { filterCalls, filterResponses } from '../wire/message-filter.ts';
import { outcomeOf } from '../wire/outcome.ts';
import { release } from '../wire/release.ts';
import { MessageExchange } from './message-exchange.ts';
import { ShardHost } from './shard-host.ts';
import { SharedExchange } from './shared-exchange.ts';

/**
 * Runs a shard in this thread. `message` is the first message that a `ShardEndpoint` posts; it carries the ports through which all further
 * messages are received. Throws `TypeError` if it is anything else.
 */
export function serveShard(message: unknown): void {
  if (!isStartMessage(message))
    throw new ConfigError('serveShard: expected the first message that a ShardEndpoint posts');
  const { shard, transport, control, coordinator, peers } = message;
  const exchange = transport === 'shared' ? new SharedExchange(shard) : new MessageExchange(shard, peers);
  // Invalid messages are dropped: the main thread detects failures on its side.
  const ignore = () => {};
  const remote = wrap<CoordinatorApi>(filterResponses(coordinator, ignore));
  const host = new ShardHost(shard, exchange, remote);
  const api: ShardApi = Object.assign(Object.create(null), {
    load: (load) => outcomeOf(() => host.load(load)),
    encode: (encode) =>
      outcomeOf(
        () => host.encode(encode),
        (outputs) => outputs.map(({ data }) => data.buffer),
      ),
    openSession: (message) => outcomeOf(() => host.openSession(message)),
    decode: (message) =>
      outcomeOf(
        () => host.decode(message),
        ({ data }) => [data.buffer],
      ),
    encodeSource: (message) => outcomeOf(() => host.encodeSource(message)),
    closeSession: (session) => outcomeOf(() => host.closeSession(session)),
    cancel: (call) => host.cancel(call),
    connect: (index, port) => host.connect(index, port),
  } satisfies ShardApi);
  expose(api, filterCalls(control, SHARD_CALLS, ignore));
  // A worker is terminated from outside; a shard in a thread that continues has to release its memory itself.
  control.addEventListener('close', () => {
    host.dispose();
    coordinator.close();
    release(remote);
  });
}

function isStartMessage(message: unknown): message is StartMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { shard, control, coordinator, peers } = message as Partial<StartMessage>;
  return (
    Number.isSafeInteger(shard?.index) &&
    Number.isSafeInteger(shard?.count) &&
    control instanceof MessagePort &&
    coordinator instanceof MessagePort &&
    Array.isArray(peers)
  );
}
