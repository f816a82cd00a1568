import type { VectorIndex } from '@headwise/core';
import { LetterIndex } from '../../lib/ngrams.ts';
import { hasHangul } from '../../lib/scripts.ts';
import { type Passages, readPassages } from './passages.ts';

/** A text that is searched, with what is known about it. */
export interface Volume extends Passages {
  readonly text: string;
  readonly letters: LetterIndex;
  /** Indices of the passages in Korean, which are searched by letters alone, and of the others. */
  readonly korean: ReadonlySet<number>;
  readonly others: readonly number[];
  /** Vectors of the first passages of `others`, as far as they were computed. Ids are indices of passages. */
  vectors: VectorIndex | undefined;
  /** How many of `others` are longer than the model reads. */
  cut: number;
}

/** The last opened text. A room has one. */
let open: Volume | undefined;

/** Opens a text; the one that is open keeps its vectors. Rejects if `breathe` does: the job was aborted. */
export async function openVolume(text: string, breathe: () => Promise<void>): Promise<Volume> {
  if (open?.text === text) return open;
  const content = readPassages(text);
  const korean = new Set<number>();
  const others: number[] = [];
  for (const [index, passage] of content.passages.entries()) {
    if (hasHangul(passage.text)) korean.add(index);
    else others.push(index);
  }
  const letters = await LetterIndex.build(
    content.passages.map((passage) => passage.text),
    breathe,
  );
  open = { text, ...content, letters, korean, others, vectors: undefined, cut: 0 };
  return open;
}
