import { ConfigError } from '../errors.ts';
import { addElsewhere } from '../options.ts';

addElsewhere({
  streamer: "the pipeline's model streams: for await (const { text } of pipe.model.stream(prompt))",
  quantize: "core's VectorIndex keeps vectors in float32",
  precision: "core's VectorIndex keeps vectors in float32",
});

/**
 * Options of a call by core's names: `max_new_tokens` is `maxNewTokens`. Both spellings are accepted, but not together. What is undefined counts as left
 * out. The functions that the options are passed to refuse unknown ones.
 */
export function withCoreNames(task: string, options: object | undefined): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined) continue;
    const ours =
      RENAMED.get(name) ?? name.replace(/(?<=.)_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(named, ours))
      throw new ConfigError(`${task}: the option ${ours} is given in two spellings`);
    named[ours] = value;
  }
  return named;
}

/** Names that differ in more than their spelling. */
const RENAMED = new Map([
  ['aggregation_strategy', 'aggregation'],
  ['max_answer_len', 'maxAnswerLength'],
  ['src_lang', 'sourceLanguage'],
  ['tgt_lang', 'targetLanguage'],
]);
