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
