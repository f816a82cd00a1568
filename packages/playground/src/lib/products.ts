/** One product of a dot product, with its place. */
export interface Product {
  readonly at: number;
  readonly q: number;
  readonly k: number;
  readonly product: number;
}

/** The products of a query and a key, the largest first. */
export function productsOf(query: readonly number[], key: readonly number[]): Product[] {
  return query
    .map((q, at) => ({ at, q, k: key[at] ?? 0, product: q * (key[at] ?? 0) }))
    .sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}
