import type { Component } from '../json/component.ts';
import type { PostProcessor } from './post-processor.ts';
import { readSpecial, specialTokens } from './tokens.ts';
import { trimOffsets } from './trim-offsets.ts';

/** The post-processors of byte-level tokenizers, by type. */
export const BYTE_LEVEL_POST_PROCESSORS: Readonly<Record<string, (component: Component) => PostProcessor>> = {
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
};
