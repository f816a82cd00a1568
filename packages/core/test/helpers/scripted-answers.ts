import type { CausalLM, LogitsProcessor } from '../../src/index.ts';

type Tokenizer = Pick<CausalLM['tokenizer'], 'encode' | 'decode' | 'specialTokens'>;

/** Lets a model answer each prompt with a text of the test's: its tokens are the only ones that may be chosen. Keeps the prompts. */
export function scriptedAnswers(tokenizer: Tokenizer, answer: (prompt: string) => string) {
  const prompts: string[] = [];
  let script: number[] = [];
  const processor: LogitsProcessor = (scores, { ids, promptLength }) => {
    if (ids.length === promptLength) {
      const prompt = tokenizer.decode(Int32Array.from(ids));
      prompts.push(prompt);
      const { ids: answered } = tokenizer.encode(answer(prompt), { addSpecialTokens: false });
      script = [...answered, tokenizer.specialTokens.eos!];
    }
    scores.fill(Number.NEGATIVE_INFINITY);
    scores[script[ids.length - promptLength]!] = 0;
  };
  return { prompts, processor };
}
