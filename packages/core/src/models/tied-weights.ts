import type { Checkpoint } from '../weights/types.ts';

/** Names of output heads that may be tied to the token embeddings, and of those embeddings in the order of preference. */
const HEADS = ['lm_head.weight', 'embed_out.weight'];
const TABLES = [
  'decoder.embed_tokens.weight',
  'encoder.embed_tokens.weight',
  'embed_tokens.weight',
  'wte.weight',
  'embed_in.weight',
  'word_embeddings.weight',
];
const SHARED = 'shared.weight';
const SIDES = ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'];

/** Bytes that are compared at a time. */
const CHUNK_BYTES = 1 << 22;

/**
 * The checkpoint with each tied weight once. Where the configuration ties the output head, or the embeddings of an encoder and a decoder, and the
 * file has both with the same values, the copy is left out, so that it is loaded, and trained, once. Tensors that differ stay: as in Hugging Face
 * Transformers 5 (`tie_weights`), the file decides then. Encoders and decoders with tables of their own have no `shared.weight` afterwards. The copies
 * are compared in parts.
 */
export async function withoutTiedCopies(
  { tieWordEmbeddings }: { readonly tieWordEmbeddings: boolean },
  checkpoint: Checkpoint,
): Promise<Checkpoint> {
  if (!tieWordEmbeddings) return checkpoint;
  /** The tensors of the result, by name. */
  const tensors = new Map(checkpoint.names.map((name) => [name, name]));
  const find = (ending: string) =>
    [...tensors.keys()].find((name) => name === ending || name.endsWith(`.${ending}`));
  const removeCopy = async (original: string, copy: string | undefined): Promise<void> => {
    if (copy === undefined) return;
    const stored = tensors.get(copy)!;
    if (!(await areEqual(checkpoint, tensors.get(original)!, stored))) return;
    tensors.delete(copy);
    checkpoint.info(stored).origin?.use?.('copy', false);
  };
  const shared = find(SHARED);
  if (shared !== undefined) {
    for (const side of SIDES) await removeCopy(shared, find(side));
    if (SIDES.some((side) => find(side) !== undefined)) {
      for (const side of SIDES) {
        if (find(side) === undefined) tensors.set(`${shared.slice(0, -SHARED.length)}${side}`, shared);
      }
      tensors.delete(shared);
    }
  }
  const table = [SHARED, ...TABLES].map(find).find((name) => name !== undefined);
  if (table !== undefined) for (const head of HEADS) await removeCopy(table, find(head));
  return {
    names: [...tensors.keys()],
    info: (name) => checkpoint.info(tensors.get(name) ?? name),
    read: (name, slice) => checkpoint.read(tensors.get(name) ?? name, slice),
  };
}

async function areEqual(checkpoint: Checkpoint, a: string, b: string): Promise<boolean> {
  const [{ dtype, shape }, other] = [checkpoint.info(a), checkpoint.info(b)];
  const [rows = 0, width = 0] = shape;
  if (dtype !== other.dtype || shape.length !== 2) return false;
  if (other.shape.length !== 2 || other.shape[0] !== rows || other.shape[1] !== width) return false;
  // At most eight bytes a value.
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (8 * Math.max(1, width))));
  for (let from = 0; from < rows; from += step) {
    const slice = { axis: 0 as const, from, to: Math.min(rows, from + step) };
    const [x, y] = [await checkpoint.read(a, slice), await checkpoint.read(b, slice)];
    if (x.bytes.length !== y.bytes.length || x.bytes.some((byte, i) => byte !== y.bytes[i])) return false;
  }
  return true;
}
