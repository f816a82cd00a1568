import { transfer } from 'comlink';
import type { JobContext, ModelStore } from '../job.ts';
import type { Writer } from './generate-read.ts';

/** The attention of the last token of a text to all its tokens. */
export interface LastRow {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  /** `[layers, heads, tokens]`. */
  readonly data: Float32Array;
}

/** What the last of some tokens attends to, in the pass that computes what comes after it. */
export async function run(
  store: ModelStore,
  { model: id, ids }: { readonly model: Writer; readonly ids: readonly number[] },
  { signal }: JobContext,
): Promise<LastRow> {
  const model = await store.load(id);
  const options = { maxNewTokens: 1, doSample: false, alignments: true, signal };
  const { tokens } = await model.generate(Int32Array.from(ids), options);
  const { data, shape } = tokens[0]!.alignment!;
  const [layers, heads, length] = shape;
  const copy = data.slice();
  return transfer({ layers, heads, tokens: length, data: copy }, [copy.buffer]);
}
