import { TINY_WHISPER, tinyWhisperWeights } from './tiny-whisper.ts';

// The Whisper of tiny-whisper.ts by its definition, in float64 and without anything of the engine.

type Matrix = number[][];

const weights = tinyWhisperWeights();
const vector = (name: string): number[] => [...weights[name]!.data];

/** The rows of a tensor's first axis. */
function rowsOf(name: string): Matrix {
  const { shape, data } = weights[name]!;
  const width = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const add = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + b[i]![j]!));

function linear(x: Matrix, name: string): Matrix {
  const weight = rowsOf(`${name}.weight`);
  const bias = weights[`${name}.bias`] ? vector(`${name}.bias`) : weight.map(() => 0);
  return x.map((row) => weight.map((w, i) => dot(w, row) + bias[i]!));
}

function layerNorm(x: Matrix, name: string): Matrix {
  const [gain, bias] = [vector(`${name}.weight`), vector(`${name}.bias`)];
  return x.map((row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
    return row.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + bias[i]!);
  });
}

/** x · Φ(x), with erf by its Taylor series, which is exact enough for these small values. */
function gelu(x: number): number {
  const z = x / Math.SQRT2;
  let [term, sum] = [z, z];
  for (let n = 1; n < 120; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  return 0.5 * x * (1 + (2 / Math.sqrt(Math.PI)) * sum);
}

function convolve(x: Matrix, name: string, stride: number): Matrix {
  const { shape, data } = weights[`${name}.weight`]!;
  const [outputs = 0, inputs = 0] = shape;
  const bias = vector(`${name}.bias`);
  return Array.from({ length: x.length / stride }, (_, t) =>
    Array.from({ length: outputs }, (_, out) => {
      let sum = bias[out]!;
      for (let k = 0; k < 3; k++) {
        const row = x[t * stride + k - 1];
        for (let c = 0; row && c < inputs; c++) sum += row[c]! * data[(out * inputs + c) * 3 + k]!;
      }
      return gelu(sum);
    }),
  );
}

function attention(name: string, heads: number, queries: Matrix, states: Matrix, causal: boolean) {
  const [q, k, v] = [
    linear(queries, `${name}.q_proj`),
    linear(states, `${name}.k_proj`),
    linear(states, `${name}.v_proj`),
  ];
  const width = q[0]!.length / heads;
  const maps: Matrix[] = [];
  const context = q.map((row) => row.map(() => 0));
  for (let head = 0; head < heads; head++) {
    const part = (row: readonly number[]) => row.slice(head * width, (head + 1) * width);
    const map = q.map((query, i) => {
      const scores = k.map((key, j) =>
        causal && j > i ? -Infinity : dot(part(query), part(key)) / Math.sqrt(width),
      );
      const most = Math.max(...scores);
      const exponentials = scores.map((score) => Math.exp(score - most));
      const total = exponentials.reduce((sum, e) => sum + e, 0);
      return exponentials.map((e) => e / total);
    });
    maps.push(map);
    for (const [i, row] of map.entries()) {
      for (const [j, weight] of row.entries()) {
        for (let f = 0; f < width; f++) context[i]![head * width + f]! += weight * part(v[j]!)[f]!;
      }
    }
  }
  return { output: linear(context, `${name}.out_proj`), maps };
}

function feedForward(x: Matrix, layer: string): Matrix {
  const hidden = linear(layerNorm(x, `${layer}.final_layer_norm`), `${layer}.fc1`);
  return add(
    x,
    linear(
      hidden.map((row) => row.map(gelu)),
      `${layer}.fc2`,
    ),
  );
}

/** Frames `[2 · positions, bins]` → the encoder's output `[positions, d_model]`. */
export function referenceEncoder(frames: Matrix): Matrix {
  const convolved = convolve(convolve(frames, 'model.encoder.conv1', 1), 'model.encoder.conv2', 2);
  let x = add(convolved, rowsOf('model.encoder.embed_positions.weight'));
  for (let i = 0; i < TINY_WHISPER.encoder_layers; i++) {
    const layer = `model.encoder.layers.${i}`;
    const normed = layerNorm(x, `${layer}.self_attn_layer_norm`);
    x = add(
      x,
      attention(`${layer}.self_attn`, TINY_WHISPER.encoder_attention_heads, normed, normed, false).output,
    );
    x = feedForward(x, layer);
  }
  return layerNorm(x, 'model.encoder.layer_norm');
}

/** Logits `[ids, vocab_size]` and cross-attention `[layers][heads][ids][positions]`. */
export function referenceDecoder(
  ids: readonly number[],
  states: Matrix,
): { logits: Matrix; cross: Matrix[][] } {
  const [table, positions] = [
    rowsOf('model.decoder.embed_tokens.weight'),
    rowsOf('model.decoder.embed_positions.weight'),
  ];
  const heads = TINY_WHISPER.decoder_attention_heads;
  let x = ids.map((id, i) => table[id]!.map((value, f) => value + positions[i]![f]!));
  const cross: Matrix[][] = [];
  for (let i = 0; i < TINY_WHISPER.decoder_layers; i++) {
    const layer = `model.decoder.layers.${i}`;
    const normed = layerNorm(x, `${layer}.self_attn_layer_norm`);
    x = add(x, attention(`${layer}.self_attn`, heads, normed, normed, true).output);
    const { output, maps } = attention(
      `${layer}.encoder_attn`,
      heads,
      layerNorm(x, `${layer}.encoder_attn_layer_norm`),
      states,
      false,
    );
    cross.push(maps);
    x = feedForward(add(x, output), layer);
  }
  const normed = layerNorm(x, 'model.decoder.layer_norm');
  return { logits: normed.map((row) => table.map((w) => dot(w, row))), cross };
}
