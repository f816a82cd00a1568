import type { Generator } from '../../generate/generator.ts';
import type { Tokenizer } from '../../text/index.ts';

/** What the tasks of an encoder–decoder work with. */
export interface Seq2SeqParts {
  readonly generator: Generator;
  readonly tokenizer: Tokenizer;
}
