/** Organisations that models without one in their former ids belong to now on huggingface.co, by the beginning of the name. */
const ORGANISATIONS: readonly (readonly [name: RegExp, organisation: string])[] = [
  [/^bert-/, 'google-bert'],
  [/^(?:xlm-)?roberta-/, 'FacebookAI'],
  [/^distil(?:bert-|roberta-|gpt2$)/, 'distilbert'],
  [/^(?:gpt2(?:-|$)|openai-gpt$)/, 'openai-community'],
  [/^t5-/, 'google-t5'],
  [/^albert-/, 'albert'],
  [/^camembert-base$/, 'almanach'],
  [/^(?:all|multi-qa|msmarco|paraphrase|gtr|sentence-t5)-/, 'sentence-transformers'],
];

/** What an invalid source may have been meant to be, as the end of a message; empty if nothing is known. */
export function suggestSource(source: string): string {
  if (/[\\/]/.test(source) || source === '') return '';
  const known = ORGANISATIONS.find(([name]) => name.test(source));
  if (known) return `; on the hub it is '${known[1]}/${source}'`;
  return `; a directory beside this program is './${source}'`;
}

/** The hub id of an address of a page on huggingface.co, which holds no files; undefined for any other address. */
export function hubIdOfPage({ hostname, pathname }: URL): string | undefined {
  if (!/^(?:www\.)?(?:huggingface\.co|hf\.co)$/.test(hostname)) return undefined;
  return /^\/([\w.-]+\/[\w.-]+)\/?(?:(?:tree|blob)\/.*)?$/.exec(pathname)?.[1];
}
