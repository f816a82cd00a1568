import type { Plan } from '../plan/plan.ts';

/** The tensor of a shard's file, and the beginning of the file's name. */
export function tensorOf({ settings }: Plan): 'embeddings' | 'scores' {
  return settings.task === 'embed' ? 'embeddings' : 'scores';
}

/** The name of a shard's files without their ending, as the hub's models have it: `embeddings-00000-of-00003`. */
export function shardName(plan: Plan, shard: number): string {
  const digits = (value: number) => String(value).padStart(5, '0');
  return `${tensorOf(plan)}-${digits(shard)}-of-${digits(plan.shards.length)}`;
}
