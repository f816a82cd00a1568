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
  ko: [
    '나는 너를 사랑해',
    '나는 커피를 마셨다',
    '나는 사과를 먹는다',
    '나는 오늘 아침에 사과를 먹었다',
    '너는 나를 사랑해?',
  ],
} as const;

/** The date whose translation the chapters on query, key, value and softmax take apart. */
export const CROSS_DATE = 'Wednesday, November 28, 2029';

/** Sentences whose attention the reader edits. */
export const CONTEXT_SENTENCES = [
  'I love you',
  'The child eats an apple',
  'The teacher loves the doctor',
] as const;

/** In this head of t5-mini's encoder, verbs read their object more than any other word. The model wants a task in front of a sentence. */
export const SELF_SENTENCE = '나는 커피를 마셨다';
export const SELF_PREFIX = 'polite';
export const SELF_HEAD = { layer: 0, head: 3 } as const;

/** A sentence in which its last word decides what "it" is. */
export const IT_TIRED = 'The animal did not cross the street because it was too tired.';
export const IT_WIDE = 'The animal did not cross the street because it was too wide.';
/** Of MiniLM: the first reads the animal in both, the second turns over. */
export const IT_HEADS = [
  { layer: 3, head: 1 },
  { layer: 4, head: 0 },
] as const;

/** The date whose heads are silenced. */
export const HEADS_DATE = 'Wednesday, November 28, 2029 at 9:04 PM';

/** The same words in two orders. */
export const POSITION_PAIRS = [
  ['the teacher sees the doctor', 'the doctor sees the teacher'],
  ['I love you', 'you love I'],
  ['the child closed the door today', 'today the child closed the door'],
] as const;

/** Two sentences for BERT: an answer, and one that is none. The masked token is the child of the answer. */
export const BERT_PAIR = {
  first: 'What did the child eat?',
  second: 'The child ate an apple',
  unrelated: 'I closed the window',
  masked: 9,
  persons: ['teacher', 'student', 'doctor', 'friend', 'child', 'singer', 'farmer', 'cook'],
  foods: ['apple', 'banana', 'tomato', 'egg', 'cake', 'pear', 'bread', 'rice', 'meat'],
} as const;

/** The bank of a river, twice, and one with money. */
export const BANK = {
  word: 'bank',
  text: 'He sat on the bank of the river.',
  same: 'The river bank was muddy.',
  other: 'She put her money in the bank.',
} as const;

/** Texts to be continued. */
export const GPT = {
  'gpt-mini': { text: '파일을 찾을 수 ', lang: 'ko', options: ['없', '있', '하'] },
  stories15m: { text: 'Once upon a time', lang: 'en' },
} as const;

/** A sentence for all tasks of t5-mini. */
export const T5 = {
  sentence: '나는 커피를 마신다',
  options: ['나는 커피를 마시지 않는다', '나는 커피를 마셨다', 'I drink coffee'],
  examples: ['나는 커피를 마신다', '나는 너를 사랑해', 'I love you', 'The child eats an apple'],
} as const;

/** A translation and how it can go wrong. */
export const METRICS = {
  source: '아이는 오늘 아침에 사과를 먹었다',
  reference: 'The child ate an apple this morning',
  paraphrase: 'A kid had some fruit earlier today',
  order: 'This morning the child ate an apple',
  lie: 'The teacher ate an apple this morning',
  shuffled: 'Morning this apple an ate child the',
} as const;

/** Letters of sentences in English, and of their translations. */
export const LENGTHS = (
  [
    ['I love you', '나는 너를 사랑해'],
    ['I eat an apple', '나는 사과를 먹는다'],
    ['I drank coffee', '나는 커피를 마셨다'],
    ['The child does not eat the egg', '아이는 달걀을 먹지 않는다'],
    ['I ate an apple this morning', '나는 오늘 아침에 사과를 먹었다'],
    ['The teacher will give three books to the child', '선생님은 아이에게 책 세 권을 줄 것이다'],
    ['The doctor went to the hospital', '의사는 병원에 갔다'],
    ['Do you love me?', '너는 나를 사랑하니?'],
    ['We studied math at the library yesterday', '우리는 어제 도서관에서 수학을 공부했다'],
    ['The red flower is pretty', '빨간 꽃은 예쁘다'],
  ] as const
).map(([english, korean]) => ({ x: english.length, y: korean.length }));

/** Learning rates for these lengths: slow, good, and too high. */
export const LINE_RATES = { slow: 0.0001, good: 0.0005, high: 0.0015 } as const;

/** The training that the chapter shows. */
export const TRAINING = { seed: 3, sample: 'badcafe', steps: 320, every: 8 } as const;

/** One wrong token: a period in place of 년, which is how short dates are written. */
export const FORCING = { text: 'Saturday, July 4, 1987; May 7, 1995', step: 4, token: '.' } as const;

/** What the workers of the timeline read: long enough that computing takes longer than exchanging. */
export const TIMELINE_TEXT = [
  'Attention lets every word of a text look at every other word and take from each what it needs.',
  'Because no word has to wait for the one before it, the heads of a layer can be computed at the same time, in several places.',
  'Each worker of this page keeps the weights of its own heads, computes what they contribute, and sends that to the others.',
  'What all have sent is added up, and everyone goes on with the sum: twice in every layer.',
].join(' ');
