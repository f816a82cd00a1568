/** What the model of scaling is made of, all of it measured. Times in milliseconds. */
export interface Parameters {
  /** Processor cores that workers share. */
  readonly cores: number;
  /** Compute of one pass in the largest of n shards, alone on the machine, by n. */
  readonly compute: ReadonlyMap<number, number>;
  /** How many times as long a shard takes when another core computes too: caches, memory and the processor's clock are shared. */
  readonly contention: number;
  /** How often shards add up their parts in one pass. */
  readonly sums: number;
  /** Size of a part. */
  readonly partBytes: number;
  /** Whether a worker tells each other one by itself, as by messages, or all at once, as through memory that all see. */
  readonly oneByOne: boolean;
  /** Parts from this size on are added up in two rounds where there are more than two workers. */
  readonly sharedOutBytes: number;
  /** What a sum costs with a part of no size: to tell the other shard, and to wake it. */
  readonly latency: number;
  /** What each byte of another shard's part costs: to copy it out, over and in, and to add it. */
  readonly perByte: number;
  /** What a call costs around the pass: tokens, the message to the workers, the answer. */
  readonly overhead: number;
}

/**
 * The time of one pass over n workers:
 *
 * `T(n) = D + max(1, n / k) · (γ · C(n) + S · E(n))`
 *
 * with cores k, compute C, contention γ, S sums and overhead D. A sum of parts of B bytes costs, with latency λ and cost κ of a byte,
 *
 * `E(n) = m · λ + (n - 1) · κ · B`, where everybody gets all parts and adds them up, or
 * `E(n) = 2 · m · λ + 2 · (n - 1) / n · κ · B`, where each gets its share of all parts, and then what the others made of theirs.
 *
 * Messages go to one after the other, m = n - 1; through memory all are told at once, m = 1.
 * With one worker nothing is exchanged. Workers beyond the cores take turns on them, which is what the factor n / k stands for.
 *
 * @throws RangeError for a number of workers whose compute was not measured
 */
export function predict(workers: number, parameters: Parameters): number {
  const { cores, contention, sums, overhead } = parameters;
  const compute = parameters.compute.get(workers);
  if (compute === undefined) throw new RangeError(`the compute of one of ${workers} shards was not measured`);
  if (workers === 1) return overhead + compute;
  return (
    overhead + Math.max(1, workers / cores) * (contention * compute + sums * exchange(workers, parameters))
  );
}

function exchange(workers: number, parameters: Parameters): number {
  const { partBytes, sharedOutBytes, latency, perByte, oneByOne } = parameters;
  const telling = latency * (oneByOne ? workers - 1 : 1);
  if (workers === 2 || partBytes < sharedOutBytes) return telling + (workers - 1) * perByte * partBytes;
  return 2 * telling + ((2 * (workers - 1)) / workers) * perByte * partBytes;
}
