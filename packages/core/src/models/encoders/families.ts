import { family as albert } from './albert.ts';
import { family as debertaV2 } from './deberta-v2.ts';
import { family as gteNew } from './gte-new.ts';
import { family as jinaBert } from './jina-bert.ts';
import { family as modernBert } from './modernbert.ts';
import { family as mpnet } from './mpnet.ts';
import { family as nomicBert } from './nomic-bert.ts';

/** The architectures that are imported on demand, by `modelType`. */
export const FAMILIES = {
  albert,
  'deberta-v2': debertaV2,
  'jina-bert': jinaBert,
  modernbert: modernBert,
  mpnet,
  new: gteNew,
  nomic_bert: nomicBert,
} as const;
