import { expose, wrap } from 'comlink';
import { type CoordinatorApi, SHARD_CALLS, type ShardApi, type StartMessage } from '../protocol.ts';
import { guardAnswers, guardCalls } from '../wire/guard.ts';
import { outcomeOf } from '../wire/outcome.ts';
import { MessageExchange } from './message-exchange.ts';
import { ShardHost } from './shard-host.ts';
import { SharedExchange } from './shared-exchange.ts';

/**
 * Runs a shard in this thread. `message` is the first one that a `ShardEndpoint` was given, with its ports; nothing else is
 * listened to. Throws `TypeError` if it is anything else.
 */
export function serveShard(message: unknown): void {
  if (!isStartMessage(message)) throw new TypeError('serveShard: this is not the first message to a shard');
  const { shard, transport, control, coordinator, peers } = message;
  const exchange = transport === 'shared' ? new SharedExchange(shard) : new MessageExchange(shard, peers);
  // The main thread notices by itself whatever goes wrong here; what it would never send is dropped.
  const ignore = () => {};
  const remote = wrap<CoordinatorApi>(guardAnswers(coordinator, ignore));
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
  expose(api, guardCalls(control, SHARD_CALLS, ignore));
  // A worker is ended from outside, but a shard in a thread that lives on has to go by itself.
  control.addEventListener('close', () => host.dispose());
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
