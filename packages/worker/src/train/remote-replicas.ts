import { deferred } from '@headwise/core/internal';
import type { GradientResult, GradientTask, Replicas, TrainingBatch } from '@headwise/core/train';
import { type Remote, transfer, wrap } from 'comlink';
import { WorkerError } from '../errors.ts';
import { filterResponses } from '../wire/message-filter.ts';
import { type Outcome, unwrap } from '../wire/outcome.ts';
import { release } from '../wire/release.ts';
import type { ReplicaApi } from './protocol.ts';

/** The connection to one worker. Its calls reject with `ReplacedError` when the worker is replaced. */
class ReplicaConnection {
  readonly #api: Remote<ReplicaApi>;
  readonly #port: MessagePort;
  readonly #replaced = deferred<never>();

  constructor(port: MessagePort) {
    this.#port = port;
    this.#api = wrap<ReplicaApi>(filterResponses(port, () => {}));
    this.#replaced.promise.catch(() => {});
  }

  async call<T>(send: (api: Remote<ReplicaApi>) => Promise<Outcome<T>>): Promise<T> {
    return unwrap(await Promise.race([send(this.#api), this.#replaced.promise]));
  }

  close(): void {
    this.#replaced.reject(new ReplacedError());
    this.#port.close();
    release(this.#api);
  }
}

/** The worker of a replica was replaced; its batches are computed again. */
class ReplacedError extends WorkerError {
  constructor() {
    super('died', 'the worker was replaced');
  }
}

/** The replicas of the leader, in other workers. Batches are dealt out in turn: the leader computes the first, replica 0 the second, … */
export class RemoteReplicas<Batch extends TrainingBatch> implements Replicas<Batch> {
  readonly #connections: ReplicaConnection[];
  /** The results of the last call, whose arrays are used again: new ones cost more than the sums in them. */
  #last: readonly GradientResult[] = [];

  constructor(ports: readonly MessagePort[]) {
    this.#connections = ports.map((port) => new ReplicaConnection(port));
  }

  /** Replaces a replica whose worker has failed: its batches are computed again. */
  replace(index: number, port: MessagePort): void {
    const failed = this.#connections[index];
    this.#connections[index] = new ReplicaConnection(port);
    failed?.close();
  }

  async computeGradients(
    given: readonly GradientTask<Batch>[],
    values: Float32Array,
    local: (task: GradientTask<Batch>) => GradientResult,
  ): Promise<readonly GradientResult[]> {
    const workers = this.#connections.length + 1;
    const tasks = given.map((task, i) => withArray(task, this.#last[i]?.gradient));
    this.#last = [];
    const remote = this.#connections.map((_, index) =>
      this.#compute(
        index,
        tasks.filter((_, task) => task % workers === index + 1),
        values,
      ),
    );
    // Rejections are awaited below; an error of the local computation must not leave them unhandled.
    for (const results of remote) results.catch(() => {});
    const own = tasks.filter((_, task) => task % workers === 0).map(local);
    const all = [own, ...(await Promise.all(remote))];
    this.#last = tasks.map((_, task) => all[task % workers]![Math.floor(task / workers)]!);
    return this.#last;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Computes the batches of a replica, again if its worker is replaced meanwhile. */
  async #compute(
    index: number,
    tasks: readonly GradientTask<Batch>[],
    values: Float32Array,
  ): Promise<readonly GradientResult[]> {
    if (tasks.length === 0) return [];
    for (;;) {
      const connection = this.#connections[index]!;
      try {
        // One message: until its own batches are computed, this thread could not send a second one.
        return await connection.call((api) => api.computeGradients(transferArrays(tasks), values));
      } catch (error) {
        if (!(error instanceof ReplacedError) || this.#connections[index] === connection) throw error;
      }
    }
  }
}

function withArray<Batch>(task: GradientTask<Batch>, into: Float32Array | undefined): GradientTask<Batch> {
  return into ? { ...task, into } : task;
}

/** The tasks for posting, with their arrays transferred. Those that went to a worker that has failed are gone. */
function transferArrays<Batch>(tasks: readonly GradientTask<Batch>[]): readonly GradientTask<Batch>[] {
  const posted = tasks.map(({ into, ...task }) => withArray(task, into?.length ? into : undefined));
  return transfer(
    posted,
    posted.flatMap(({ into }) => (into ? [into.buffer as ArrayBuffer] : [])),
  );
}
