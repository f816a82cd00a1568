import { portEndpoint, type ShardEndpoint } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';

/** The first message to a shard, with the fields that tests use. */
export interface Start {
  shard: { index: number; count: number };
  transport: string;
  control: MessagePort;
  coordinator: MessagePort;
  peers: (MessagePort | null)[];
}

/** The endpoint of a shard in this thread, behind a port. `serve` may replace the shard by something else. */
export function localShard(serve: (start: Start) => void = serveShard): ShardEndpoint {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = ({ data }: MessageEvent<Start>) => serve(data);
  const endpoint = portEndpoint(port1);
  return {
    ...endpoint,
    async terminate() {
      port2.close();
      await endpoint.terminate();
    },
  };
}
