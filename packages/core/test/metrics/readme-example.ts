/** The example in sacreBLEU's README. */
export const readmeHypotheses = [
  'The dog bit the man.',
  "It wasn't surprising.",
  'The man had just bitten him.',
];

/** Of each hypothesis; sacreBLEU's README has them transposed. */
export const readmeReferences = [
  ['The dog bit the man.', 'The dog had bit the man.'],
  ['It was not unexpected.', 'No one was surprised.'],
  ['The man bit him first.', 'The man had bitten the dog.'],
];
