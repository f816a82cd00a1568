import { store } from './models.ts';

/** What core computes in Node for a sentence, on the weights of the page. */
export interface MinilmCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** Of length 1. */
  readonly embedding: Float32Array;
  /** The weights of a head, row by row. */
  map(layer: number, head: number): number[][];
}

export async function minilmCase(text: string): Promise<MinilmCase> {
  const model = await store.load('minilm');
  const { tokens, ids, attention } = await model.trace(text);
  const embedding = await model.embed(text, { pooling: 'mean', normalize: true });
  const map = (layer: number, head: number): number[][] => {
    const data = attention.map(layer, head);
    return tokens.map((_, row) => [...data.subarray(row * tokens.length, (row + 1) * tokens.length)]);
  };
  return { text, ids: [...ids], tokens, embedding, map };
}
