/** llama2.c files for tests. */

/** A file with these seven header values and `floats` weights. */
export function llama2cFile(header: readonly number[], floats = 0): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(28 + 4 * floats);
  const view = new DataView(file.buffer);
  for (const [i, value] of header.entries()) view.setInt32(4 * i, value, true);
  for (let i = 0; i < floats; i++) view.setFloat32(28 + 4 * i, Math.sin(i), true);
  return file;
}

/** A model with two layers, eight features, two heads and a vocabulary of 300. */
export function tinyLlama2c({ shared = true, keyValueHeads = 2 }): Uint8Array<ArrayBuffer> {
  const [dim, hidden, layers, heads, vocab, length] = [8, 16, 2, 2, 300, 16] as const;
  const keyValueDim = (dim / heads) * keyValueHeads;
  const layer = 2 * dim + 2 * dim * dim + 2 * keyValueDim * dim + 3 * dim * hidden;
  const floats = vocab * dim * (shared ? 1 : 2) + layers * layer + dim + length * (dim / heads);
  return llama2cFile([dim, hidden, layers, heads, keyValueHeads, shared ? vocab : -vocab, length], floats);
}

/** A tokenizer with `size` pieces: three special tokens, 256 bytes, then `t259`, `t260`, … */
export function llama2cTokenizer(size: number): Uint8Array<ArrayBuffer> {
  const special = ['<unk>', '\n<s>\n', '\n</s>\n'];
  const chunks: Uint8Array[] = [];
  for (let id = 0; id < size; id++) {
    const text = special[id] ?? (id < 259 ? String.fromCharCode(id - 3) : `t${id}`);
    const bytes = new TextEncoder().encode(text);
    const head = new Uint8Array(8);
    new DataView(head.buffer).setFloat32(0, -id, true);
    new DataView(head.buffer).setInt32(4, bytes.length, true);
    chunks.push(head, bytes);
  }
  return new Uint8Array([7, 0, 0, 0, ...chunks.flatMap((chunk) => [...chunk])]);
}
