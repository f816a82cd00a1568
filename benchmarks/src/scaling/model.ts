/** Measured parameters of the scaling model. Times in milliseconds. */
export interface Parameters {
  /** Processor cores that workers share. */
  readonly cores: number;
  /** Time of a forward pass in the largest of n shards, alone on the machine, by n. */
  readonly compute: ReadonlyMap<number, number>;
  /** Slowdown of a shard when another core computes too. */
  readonly contention: number;
  /** Sums of partial results per forward pass. */
  readonly sums: number;
  /** Size of a partial result. */
  readonly partBytes: number;
  /** Whether a worker notifies the others one by one (messages) or at once (shared memory). */
  readonly oneByOne: boolean;
  /** Size from which parts are summed in two rounds, with more than two workers. */
  readonly sharedOutBytes: number;
  /** Time of a sum of an empty part: notify and wake the other shard. */
  readonly latency: number;
  /** Time per byte of another shard's part: copies and addition. */
  readonly perByte: number;
  /** Time of a call outside the forward pass: tokenization and messages. */
  readonly overhead: number;
}

/**
 * The time of one pass over n workers:
 *
 * `T(n) = D + max(1, n / k) · (γ · C(n) + S · E(n))`
 *
 * with cores k, compute C, contention γ, S sums and overhead D. A sum of parts of B bytes costs, with latency λ and cost κ of a byte,
 *
 * `E(n) = m · λ + (n - 1) · κ · B` in one round (all-to-all), or
 * `E(n) = 2 · m · λ + 2 · (n - 1) / n · κ · B` in two rounds (reduce-scatter and all-gather).
 *
 * m is the number of notifications: n - 1 by messages, 1 through shared memory. Workers beyond the cores take turns: the factor n / k.
 *
 * @throws RangeError for a number of workers that was not measured
 */
export function predict(workers: number, parameters: Parameters): number {
  const { cores, contention, sums, overhead } = parameters;
  const compute = parameters.compute.get(workers);
  if (compute === undefined) throw new RangeError(`compute was not measured for one of ${workers} shards`);
  if (workers === 1) return overhead + compute;
  return (
    overhead + Math.max(1, workers / cores) * (contention * compute + sums * exchange(workers, parameters))
  );
}

function exchange(workers: number, parameters: Parameters): number {
  const { partBytes, sharedOutBytes, latency, perByte, oneByOne } = parameters;
  const notification = latency * (oneByOne ? workers - 1 : 1);
  if (workers === 2 || partBytes < sharedOutBytes) return notification + (workers - 1) * perByte * partBytes;
  return 2 * notification + ((2 * (workers - 1)) / workers) * perByte * partBytes;
}
