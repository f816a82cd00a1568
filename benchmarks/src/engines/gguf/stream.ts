import { type Backend, loadCausalLM } from '@headwise/core';
import type { StreamWork } from '../../cases/work.ts';
import type { Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { ggufModel } from './model.ts';

/** The first characters of a text as numbers, for the check. */
export function checkedText({ checkedCharacters }: StreamWork, text: string): Float32Array {
  return Float32Array.from({ length: checkedCharacters }, (_, i) => text.codePointAt(i) ?? 0);
}

/** Greedy tokens of a GGUF file through `CausalLM.stream`. */
export async function prepareStream(
  platform: Platform,
  backend: Backend,
  work: StreamWork,
): Promise<Prepared> {
  const file = await ggufModel(platform, work);
  const model = await loadCausalLM({ 'model.gguf': file }, { backend, dtype: work.dtype });
  const run = async () => {
    let text = '';
    let tokens = 0;
    for await (const piece of model.stream(work.prompt, { maxNewTokens: work.newTokens })) {
      text += piece.text;
      tokens += piece.tokens.length;
    }
    if (tokens !== work.newTokens) throw new Error(`${tokens} tokens in place of ${work.newTokens}`);
    return checkedText(work, text);
  };
  return { run, dispose: () => model.dispose() };
}
