import type { LinearPart, WeightLoader } from '../load/weight-loader.ts';
import { type HeadShard, MultiHead, type MultiHeadOptions, shardHeads } from './multi-head.ts';
import { FusedProjections, SeparateProjections } from './projections.ts';

/** What a checkpoint calls the four layers of an attention: `<name>.weight`, `<name>.bias`. */
export interface AttentionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
}

/** The sizes of an attention whose four layers have names of their own, and what sets it apart. */
export interface NamedHeadsOptions extends MultiHeadOptions {
  /** Features of what is attended from, and of the output. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`. Default `heads`. */
  readonly keyValueHeads?: number;
  /** Features of a head. Default hiddenSize / heads. */
  readonly headDim?: number;
  /** Whether what makes queries, keys and values is `sensitive`; see `LinearSource`. Default false. */
  readonly sensitive?: boolean;
  /** Which of the layers have a bias. Default: all. */
  readonly biases?: Readonly<Partial<Record<keyof AttentionNames, boolean>>>;
}

/** Attention of a sequence to itself: queries, keys and values in one matmul. */
export async function loadSelfHeads(
  loader: WeightLoader,
  name: string,
  names: AttentionNames,
  options: NamedHeadsOptions,
): Promise<MultiHead> {
  const share = shareOf(loader, options);
  const { queryFeatures, keyFeatures } = share;
  if (leaveIfEmpty(loader, names, share)) return new MultiHead(name, share, undefined, options);
  const parts = inputParts(names, share, options);
  const { hiddenSize, sensitive = false } = options;
  const inputs = await loader.linear({
    parts: Object.values(parts),
    inFeatures: hiddenSize,
    sensitive,
  });
  const projections = new FusedProjections(
    inputs,
    queryFeatures.to - queryFeatures.from,
    keyFeatures.to - keyFeatures.from,
  );
  const output = await loadOutput(loader, names, share, options);
  return new MultiHead(name, share, { projections, output }, options);
}

/** Attention to another sequence, with as many features as this one: its keys and values can be made once and remembered. */
export async function loadCrossHeads(
  loader: WeightLoader,
  name: string,
  names: AttentionNames,
  options: NamedHeadsOptions,
): Promise<MultiHead<SeparateProjections>> {
  const share = shareOf(loader, options);
  if (leaveIfEmpty(loader, names, share)) return new MultiHead(name, share, undefined, options);
  const { query, key, value } = inputParts(names, share, options);
  const { hiddenSize, sensitive = false } = options;
  const load = (part: LinearPart) => loader.linear({ parts: [part], inFeatures: hiddenSize, sensitive });
  const projections = new SeparateProjections(await load(query), await load(key), await load(value));
  const output = await loadOutput(loader, names, share, options);
  return new MultiHead(name, share, { projections, output }, options);
}

function headDimOf({ hiddenSize, heads, headDim = hiddenSize / heads }: NamedHeadsOptions): number {
  return headDim;
}

function shareOf(loader: WeightLoader, options: NamedHeadsOptions): HeadShard {
  const { heads, keyValueHeads = heads } = options;
  return shardHeads(heads, keyValueHeads, headDimOf(options), loader.shard);
}

/** Whether the shard has no heads. */
function leaveIfEmpty(loader: WeightLoader, names: AttentionNames, { queryFeatures }: HeadShard): boolean {
  const empty = queryFeatures.from === queryFeatures.to;
  if (empty) loader.skip([names.query, names.key, names.value, names.output]);
  return empty;
}

function inputParts(names: AttentionNames, share: HeadShard, options: NamedHeadsOptions) {
  const { heads, keyValueHeads = heads, biases } = options;
  const headDim = headDimOf(options);
  const part = (role: 'query' | 'key' | 'value'): LinearPart => ({
    name: names[role],
    outFeatures: (role === 'query' ? heads : keyValueHeads) * headDim,
    rows: role === 'query' ? share.queryFeatures : share.keyFeatures,
    bias: biases?.[role] === false ? 'none' : 'own',
  });
  return { query: part('query'), key: part('key'), value: part('value') };
}

function loadOutput(
  loader: WeightLoader,
  { output }: AttentionNames,
  { queryFeatures }: HeadShard,
  options: NamedHeadsOptions,
) {
  const { hiddenSize, heads, biases } = options;
  // The bias counts once: it belongs to whoever has the first head.
  const owned = queryFeatures.from === 0 ? 'own' : 'elsewhere';
  return loader.linear({
    parts: [{ name: output, outFeatures: hiddenSize, bias: biases?.output === false ? 'none' : owned }],
    inFeatures: heads * headDimOf(options),
    columns: queryFeatures,
  });
}
