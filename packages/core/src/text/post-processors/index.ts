import { type Component, createComponent } from '../json/component.ts';
import type { PostProcessor } from './post-processor.ts';
import { templateProcessing } from './template.ts';
import { readSpecial, specialTokens } from './tokens.ts';

export type { PostProcessor } from './post-processor.ts';
export type { Tokens } from './tokens.ts';

const MAX_PROCESSORS = 8;

/** Post-processors by type: those of BERT's tokenizers, and what `subword-components.ts` adds. */
export const POST_PROCESSORS: Record<string, (component: Component) => PostProcessor> = {
  BertProcessing: (component) => {
    const [cls, sep] = [readSpecial(component, 'cls'), readSpecial(component, 'sep')];
    return {
      addedTokens: (isPair) => (isPair ? 3 : 2),
      process: (sequences, addSpecialTokens) =>
        addSpecialTokens
          ? sequences.flatMap((tokens, i) =>
              i === 0
                ? [specialTokens([cls], 0), tokens, specialTokens([sep], 0)]
                : [tokens, specialTokens([sep], 1)],
            )
          : [...sequences],
    };
  },
  Sequence: (component) => {
    const processors = component.components('processors', createPostProcessor);
    // Each may put tokens around every part that the one before it made.
    if (processors.length > MAX_PROCESSORS)
      throw component.error(
        'processors',
        `must have at most ${MAX_PROCESSORS} entries, got ${processors.length}`,
      );
    return {
      addedTokens: (isPair) => processors.reduce((sum, processor) => sum + processor.addedTokens(isPair), 0),
      process: (sequences, addSpecialTokens) =>
        processors.reduce((parts, processor) => processor.process(parts, addSpecialTokens), [...sequences]),
    };
  },
  TemplateProcessing: templateProcessing,
};

/** The post-processor of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createPostProcessor(json: unknown, path = 'post_processor'): PostProcessor {
  return createComponent(json, path, POST_PROCESSORS);
}
