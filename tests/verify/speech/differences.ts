/** The largest difference of two lists; ∞ for lists of different lengths. */
export function difference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** How far the logits of two tokens are apart; ∞ if there are none. */
export function marginOf(logits: Float32Array | undefined, ours: number, theirs: number): number {
  return logits ? Math.abs(logits[ours]! - logits[theirs]!) : Infinity;
}
