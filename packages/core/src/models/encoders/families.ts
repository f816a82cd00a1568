import { family as albert } from './albert.ts';
import { family as debertaV2 } from './deberta-v2.ts';
import { loadDistilBert, parseDistilBertConfig } from './distilbert.ts';
import { loadElectra, parseElectraConfig } from './electra.ts';
import { family as gteNew } from './gte-new.ts';
import { family as jinaBert } from './jina-bert.ts';
import { family as modernBert } from './modernbert.ts';
import { family as mpnet } from './mpnet.ts';
import { family as nomicBert } from './nomic-bert.ts';
import { loadRoberta, parseRobertaConfig } from './roberta.ts';

const roberta = { parse: parseRobertaConfig, load: loadRoberta };

/** The architectures that are imported on demand, by `modelType`. */
export const FAMILIES = {
  albert,
  camembert: roberta,
  'deberta-v2': debertaV2,
  distilbert: { parse: parseDistilBertConfig, load: loadDistilBert },
  electra: { parse: parseElectraConfig, load: loadElectra },
  'jina-bert': jinaBert,
  modernbert: modernBert,
  mpnet,
  new: gteNew,
  nomic_bert: nomicBert,
  roberta,
  'xlm-roberta': roberta,
} as const;
