/** Dates from short to long. Those from the fourth on are too long for one vector. */
export const DATES = [
  '11/28/2029',
  'July 4, 1987',
  'Saturday, July 4, 1987',
  'Saturday, July 4, 1987 at 6:41 AM',
  'Saturday, July 4, 1987 at 6:41:09 AM',
  'Saturday, July 4, 1987; May 7, 1995',
] as const;

/** The one that the first chapter asks about. */
export const LONG_DATE = DATES[3];

/** How many random dates are translated to draw a curve, and which. */
export const CURVE = { count: 240, seed: 1 };

/** Sentences of the grammar. */
export const EXAMPLES = {
  en: [
    'I love you',
    'You love me',
    'I drank coffee',
    'I ate an apple this morning',
    'Do you love me?',
    'The child does not eat the egg',
  ],
  ko: ['나는 너를 사랑해', '나는 커피를 마셨다', '나는 사과를 먹는다', '나는 오늘 아침에 사과를 먹었다', '너는 나를 사랑해?'],
} as const;

/** The date whose translation the chapters on query, key, value and softmax take apart. */
export const CROSS_DATE = 'Wednesday, November 28, 2029';
