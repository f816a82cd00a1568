import type { OnnxGraph } from './graph.ts';

/** Columns of x in as many parts of `size`. */
export function splitColumns(graph: OnnxGraph, x: string, parts: number, size: number): string[] {
  const sizes = graph.shape(...Array.from({ length: parts }, () => size));
  return graph.manyOutputs('Split', [x, sizes], { axis: -1 }, { outputs: parts });
}

/** silu(left half) · right half; the runtime makes one operator of a product with a sigmoid. */
export function gate(graph: OnnxGraph, x: string, size: number): string {
  const [left, right] = splitColumns(graph, x, 2, size);
  const silu = graph.node('Mul', [left!, graph.node('Sigmoid', [left!])]);
  return graph.node('Mul', [silu, right!]);
}

/** The new hidden state σ(o) · tanh(c'), and below it the new cell state c' = σ(f) · c + σ(i) · tanh(g). */
export function lstmGates(graph: OnnxGraph, gates: string, cell: string, size: number): string {
  const [i, f, g, o] = splitColumns(graph, gates, 4, size);
  const sigmoid = (x: string) => graph.node('Sigmoid', [x]);
  const kept = graph.node('Mul', [sigmoid(f!), cell]);
  const written = graph.node('Mul', [sigmoid(i!), graph.node('Tanh', [g!])]);
  const next = graph.node('Add', [kept, written]);
  const hidden = graph.node('Mul', [sigmoid(o!), graph.node('Tanh', [next])]);
  return graph.node('Concat', [hidden, next], { axis: 0 });
}

/** The new state (1 − σ(z)) · n + σ(z) · h, as n + σ(z) · (h − n), where n = tanh(nᵢ + σ(r) · nₕ). */
export function gruGates(
  graph: OnnxGraph,
  { input, hidden, state }: Readonly<Record<'input' | 'hidden' | 'state', string>>,
  size: number,
): string {
  const [ri, zi, ni] = splitColumns(graph, input, 3, size);
  const [rh, zh, nh] = splitColumns(graph, hidden, 3, size);
  const sigmoid = (x: string, y: string) => graph.node('Sigmoid', [graph.node('Add', [x, y])]);
  const reset = graph.node('Mul', [sigmoid(ri!, rh!), nh!]);
  const next = graph.node('Tanh', [graph.node('Add', [ni!, reset])]);
  const difference = graph.node('Sub', [state, next]);
  return graph.node('Add', [next, graph.node('Mul', [sigmoid(zi!, zh!), difference])]);
}
