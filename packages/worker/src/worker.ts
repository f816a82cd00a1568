import { expose, wrap } from 'comlink';
import { platform } from '#platform';
import { outcomeOf } from './outcome.ts';
import type { CoordinatorApi, ShardApi, StartMessage } from './protocol.ts';
import { MessageExchange } from './shard/exchange.ts';
import { ShardHost } from './shard/shard-host.ts';

// The script that runs in each worker. Its first message brings the ports; it listens to nothing else.
platform.onStart((message) => {
  const { shard, control, coordinator, peers } = message as StartMessage;
  const host = new ShardHost(shard, new MessageExchange(shard, peers), wrap<CoordinatorApi>(coordinator));
  // A flat object without a prototype: comlink follows any path that it is sent, and here every path ends.
  const api: ShardApi = Object.assign(Object.create(null), {
    load: (load) => outcomeOf(() => host.load(load)),
    encode: (encode) =>
      outcomeOf(
        () => host.encode(encode),
        (embeddings) => (embeddings ? [embeddings.buffer] : []),
      ),
    cancel: (call) => host.cancel(call),
  } satisfies ShardApi);
  expose(api, control);
});
