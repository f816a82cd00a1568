/** A channel between every two of `count` shards of which one is new: `result[a][b]` is a's port to b. */
export function connectShards(count: number, fresh: readonly number[]): (MessagePort | null)[][] {
  const ports: (MessagePort | null)[][] = Array.from({ length: count }, () => Array(count).fill(null));
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      if (!fresh.includes(a) && !fresh.includes(b)) continue;
      const { port1, port2 } = new MessageChannel();
      ports[a]![b] = port1;
      ports[b]![a] = port2;
    }
  }
  return ports;
}
