import type { ByteSource } from '../../platform/bytes.ts';
import type { Checkpoint } from '../types.ts';
import { GgufCheckpoint } from './checkpoint.ts';
import type { GgufHeader } from './header.ts';
import { ggufError } from './rules.ts';

/** Opens a file of the repository that a GGUF file is split into. */
type OpenPart = (name: string) => Promise<ByteSource>;

/** Largest number of files of a split model. */
const MAX_PARTS = 1000;

/**
 * The checkpoint of a file that `llama-gguf-split` has split, with its other parts, which lie beside it: `name-00001-of-00003.gguf` and so on. The header
 * is that of the first part with the tensors of all. A file that is not split is returned as it is.
 *
 * Throws `FormatError` for names, numbers and tensors of the parts that do not fit together, and `LoadError` for a missing part.
 */
export async function withAllParts(
  first: GgufCheckpoint,
  name: string,
  open: OpenPart,
): Promise<Checkpoint & { readonly header: GgufHeader }> {
  const count = numberOf(first.header, 'split.count') ?? 1;
  if (count <= 1) return first;
  const [, stem = '', number, of] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name) ?? [];
  if (count > MAX_PARTS || Number(of) !== count || Number(number) !== 1) {
    throw ggufError(
      'split-invalid',
      `${name} is one of ${count} parts; the first of them must be loaded, and be named …-00001-of-${String(count).padStart(5, '0')}.gguf`,
    );
  }
  const parts = [first];
  for (let part = 2; part <= count; part++) {
    const file = `${stem}-${String(part).padStart(5, '0')}-of-${of}.gguf`;
    const source = await open(file);
    const other = await GgufCheckpoint.open(source, file);
    source.pause?.();
    if (numberOf(other.header, 'split.no') !== part - 1 || numberOf(other.header, 'split.count') !== count) {
      throw ggufError('split-invalid', `${file} is not part ${part} of ${count}`);
    }
    parts.push(other);
  }
  const partOf = new Map<string, GgufCheckpoint>();
  for (const part of parts) {
    for (const tensor of part.names) {
      if (partOf.has(tensor))
        throw ggufError('split-invalid', `tensor ${JSON.stringify(tensor)} is in two parts`);
      partOf.set(tensor, part);
    }
  }
  const total = numberOf(first.header, 'split.tensors.count');
  if (total !== undefined && total !== partOf.size) {
    throw ggufError('split-invalid', `the parts have ${partOf.size} tensors, the first says ${total}`);
  }
  const metadata = new Map([...first.header.metadata].filter(([key]) => !key.startsWith('split.')));
  const tensors = new Map(parts.flatMap((part) => [...part.header.tensors]));
  const partWith = (tensor: string): GgufCheckpoint => partOf.get(tensor) ?? first;
  return {
    header: { ...first.header, metadata, tensors },
    names: [...partOf.keys()],
    info: (tensor) => partWith(tensor).info(tensor),
    read: (tensor, slice) => partWith(tensor).read(tensor, slice),
  };
}

function numberOf(header: GgufHeader, key: string): number | undefined {
  const value = header.metadata.get(key)?.value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
