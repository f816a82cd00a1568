/** The L2-normalised mean of hidden states `[tokens, size]` over the tokens. */
export function meanEmbedding(states: Float32Array, size: number): Float32Array {
  const sum = new Float32Array(size);
  for (let i = 0; i < states.length; i += size) {
    for (let j = 0; j < size; j++) sum[j]! += states[i + j]!;
  }
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return sum.map((value) => value / length);
}
