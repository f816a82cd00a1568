/** Example sentences. */
export const EXAMPLE_SENTENCES: readonly string[] = [
  'The animal did not cross the street because it was too tired.',
  'The animal did not cross the street because it was too wide.',
  'I love you',
  'The river bank was muddy.',
  'I keep cash at the bank.',
  '나는 커피를 마셨다.',
];

/** Example sentences for models of Korean. */
export const KOREAN_EXAMPLES: readonly string[] = [
  '나는 너를 사랑해',
  '나는 커피를 마셨다.',
  '나는 사과를 먹는다.',
];

/** Example pairs for the comparison. */
export const EXAMPLE_PAIRS: ReadonlyArray<readonly [string, string]> = [
  ['The river bank was muddy.', 'I keep cash at the bank.'],
  ['I keep cash at the bank.', 'My savings account pays no interest.'],
  ['She drank a cup of coffee.', 'He sipped his espresso.'],
  ['나는 커피를 마셨다.', 'I drank coffee.'],
];

/** A second text to begin with: of the first example the second, which differs in one word; else the same. */
export function secondText(text: string): string {
  const [tired, wide] = EXAMPLE_SENTENCES;
  return text === tired && wide !== undefined ? wide : text;
}

/** What the encoder–decoders can translate. */
export const PAIR_EXAMPLES = {
  'dates-transformer': ['Wednesday, November 28, 2029', 'July 4, 1987 at 6:41 AM', '11/28/2029'],
  't5-mini': [
    'translate English to Korean: I love you',
    'translate Korean to English: 나는 사과를 먹는다',
    'past: 나는 커피를 마신다',
    'negate: I love you',
  ],
  'en-ko-messages': [
    'Passkey verification was cancelled or timed out.',
    'South Korea',
    'The file could not be opened.',
  ],
} as const;

/** The text for an encoder–decoder: its first example in place of that of other models. */
export function pairText(model: keyof typeof PAIR_EXAMPLES | 'local-pair', text: string): string {
  return text === EXAMPLE_SENTENCES[0] && model !== 'local-pair' ? PAIR_EXAMPLES[model][0] : text;
}
