import type { Shard } from '@headwise/core/internal';
import { transfer } from 'comlink';
import type { ShardEndpoint } from '../endpoint.ts';
import type { WorkerError } from '../errors.ts';
import { COORDINATOR_CALLS, type CoordinatorApi, type ShardApi, type StartMessage } from '../protocol.ts';
import { RemoteWorker, type WorkerNumber } from './remote-worker.ts';

/** The worker of a shard. */
export class ShardWorker extends RemoteWorker<ShardApi> {
  readonly shard: Shard;

  /** @param number differs from the index of the shard where a model has several pools */
  constructor(
    start: Pick<StartMessage, 'shard' | 'transport' | 'peers'>,
    number: WorkerNumber,
    endpoint: ShardEndpoint,
    coordinator: CoordinatorApi,
    onFailure: (error: WorkerError) => void,
    startTimeout?: number,
  ) {
    super({
      endpoint,
      number,
      message: start,
      transfer: start.peers.filter((port) => port !== null),
      exposed: coordinator,
      exposedNames: COORDINATOR_CALLS,
      onFailure,
      startTimeout,
    });
    this.shard = start.shard;
  }

  /** Tells the worker to stop a call at its next step. Does not wait: the call itself rejects. */
  cancel(call: number): void {
    this.send((api) => api.cancel(call));
  }

  /** Sends the port to the shard at `index`, whose worker was replaced. */
  connect(index: number, port: MessagePort): void {
    this.send((api) => api.connect(index, transfer(port, [port])));
  }
}
