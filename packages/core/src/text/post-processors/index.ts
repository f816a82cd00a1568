import { type Component, createComponent, show } from '../json/component.ts';
import type { PostProcessor } from './post-processor.ts';
import { templateProcessing } from './template.ts';
import { type AddedSpecial, isId, specialTokens } from './tokens.ts';
import { trimOffsets } from './trim-offsets.ts';

export type { PostProcessor } from './post-processor.ts';
export type { Tokens } from './tokens.ts';

const MAX_PROCESSORS = 8;

const TYPES: Readonly<Record<string, (component: Component) => PostProcessor>> = {
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
  ByteLevel: (component) => {
    const addPrefixSpace = component.boolean('add_prefix_space');
    const trim = component.boolean('trim_offsets');
    component.boolean('use_regex', true);
    return {
      addedTokens: () => 0,
      process: (sequences) => {
        if (trim) for (const tokens of sequences) trimOffsets(tokens, addPrefixSpace);
        return [...sequences];
      },
    };
  },
  RobertaProcessing: (component) => {
    const [cls, sep] = [readSpecial(component, 'cls'), readSpecial(component, 'sep')];
    const trim = component.boolean('trim_offsets');
    const addPrefixSpace = component.boolean('add_prefix_space');
    return {
      addedTokens: (isPair) => (isPair ? 4 : 2),
      process: (sequences, addSpecialTokens) =>
        sequences.flatMap((tokens, i) => {
          if (trim) trimOffsets(tokens, addPrefixSpace);
          const one = { ...tokens, typeIds: tokens.ids.map(() => 0) };
          if (!addSpecialTokens) return [one];
          return [specialTokens([i === 0 ? cls : sep], 0), one, specialTokens([sep], 0)];
        }),
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

function readSpecial(component: Component, name: string): AddedSpecial {
  const value = component.value(name);
  if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isId(value[1]))
    return value as unknown as AddedSpecial;
  throw component.error(name, `must be a token and its id, a whole number from 0 on, got ${show(value)}`);
}

/** The post-processor of tokenizer.json. Throws `FormatError` for one that is invalid or not supported. */
export function createPostProcessor(json: unknown, path = 'post_processor'): PostProcessor {
  return createComponent(json, path, TYPES);
}
