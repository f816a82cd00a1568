import type { WriterInfo } from '../../engine/jobs/generate-open.ts';
import type { PromptReading } from '../../engine/jobs/generate-read.ts';
import type { GenerateValues } from './state.ts';
import type { Written } from './tree.ts';

/** A model that is ready to write. */
export interface Writer extends Omit<WriterInfo, 'vocabulary'> {
  readonly id: GenerateValues['model'];
  /** Text of each token. */
  readonly texts: readonly string[];
}

/** A token as the room shows it. */
export interface ShownToken {
  readonly id: number;
  readonly text: string;
  /** Its probability under the model; undefined where the tokenizer put it. */
  readonly probability: number | undefined;
  /** `added`: by the tokenizer, before the prompt. `unknown`: a part of the prompt that the vocabulary does not have. */
  readonly kind: 'added' | 'prompt' | 'unknown' | 'written' | 'end';
}

/** The tokens of a prompt. */
export function promptTokens(reading: PromptReading, writer: Writer): readonly ShownToken[] {
  return reading.tokens.map(({ id, start, end, probability }) => {
    const part = reading.text.slice(start, end);
    return {
      id,
      text: start === end ? (writer.texts[id] ?? '') : part,
      probability,
      kind: start === end ? 'added' : reading.unknown.includes(part) ? 'unknown' : 'prompt',
    };
  });
}

/** The tokens after a prompt. */
export function writtenTokens(path: readonly Written[], writer: Writer | undefined): readonly ShownToken[] {
  return path.map((node) => ({
    id: node.id,
    text: writer?.texts[node.id] ?? '',
    probability: node.parent?.probabilityOf(node.id),
    kind: node.isEnd ? 'end' : 'written',
  }));
}

/** The logits of a prompt's token, `[vocabulary]`; undefined if there are none. */
export function promptRow({ logits, tokens }: PromptReading, index: number): Float32Array | undefined {
  if (!logits) return undefined;
  const size = logits.length / tokens.length;
  return logits.subarray(index * size, (index + 1) * size);
}
