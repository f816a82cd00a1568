/** Lengths of source and target in tokens, and the layers of an encoder and of a decoder, of which a recurrent model here has one. */
interface Lengths {
  readonly source: number;
  readonly target: number;
  readonly layers: number;
}

/**
 * How many steps a model has to take one after another, each of which needs the result of the one before: a recurrent model one per token, a
 * transformer one per layer. In training all target tokens are known, so a transformer's decoder has them all in one pass; in use each is
 * known only after the one before.
 */
export function stepsInSequence(
  kind: 'recurrent' | 'transformer',
  { source, target, layers }: Lengths,
): { readonly training: number; readonly use: number } {
  return kind === 'recurrent'
    ? { training: source + target, use: source + target }
    : { training: 2 * layers, use: layers + layers * target };
}
