/** Texts of Learn. A chapter has at most 120 words. */
export const en = {
  title: 'Learn',
  tagline: 'Attention, on real models, in this page. Guess, look, change something.',
  chapters: 'Chapters',
  start: 'Begin with chapter 1',
  previous: 'Back',
  next: 'Next',
  explore: 'Go on in Explore',
  change: 'Change it',
  reading: 'Reading …',
  failed: 'The model could not process this.',
  begin: 'start',
  end: 'end',
  steps: { label: 'Words shown', back: 'One word back', forward: 'One word on', all: 'All' },
  guess: {
    label: 'Guess first',
    skip: 'Just show me',
    right: 'Yes: the model does that.',
    wrong: (answer: string) => `The model: ${answer}.`,
  },
  number: (index: number, count: number) => `${index} / ${count}`,
  row: (word: string, parts: string) => `${word}: ${parts}`,
  part: (word: string, weight: string) => `${word} ${weight}`,
  rounded: 'Rounded: as shown, they may add up to 99 % or 101 %.',
  translate: {
    heading: 'A translation, and where it comes from',
    text: 'Type a sentence. A small model (0.6 MB, made of 278,113 numbers) translates it here, in your browser. The lines are its attention: how much of each word it read when it wrote each word.',
    label: 'Sentence',
    languages: 'Translate',
    fromEnglish: 'English → Korean',
    fromKorean: 'Korean → English',
    source: 'sentence',
    target: 'translation',
    examples: 'Examples',
    unknown: (word: string) => `“${word}” is not a word that the model knows.`,
    limits:
      'The model knows sentences of one or two clauses with about 150 words. It turns anything else into something that it knows.',
    picture: 'Attention of the translation',
  },
  'one-vector': {
    title: 'One vector',
    text: [
      'Before attention, a translator had two halves. The encoder reads a text token by token and keeps everything in one vector: here 156 numbers, one row of colours below. After the last token the decoder gets this last row, and nothing else, and writes the translation.',
      'The vector never grows. A short date fits into it. What no longer fits is lost, and the decoder writes something that only looks right.',
    ],
    question: (tokens: number) =>
      `“at 6:41 AM” makes this date ${tokens} tokens long. How much of its translation will be right?`,
    answers: { all: 'all of it', start: 'the beginning', nothing: 'not even the beginning' },
    change: 'Make the date shorter or longer, or type your own.',
    samples: 'Dates, from short to long',
    label: 'A date in English',
    read: (token: string, index: number, count: number) => `${index} of ${count} tokens read: ${token}`,
    slider: 'Tokens read',
    strip: (tokens: number) =>
      `The vector after each of ${tokens} tokens; the last row is all that the decoder gets`,
    rows: 'the vector after each token',
    last: 'The decoder gets only the last row',
    output: 'It writes',
    truth: 'Right would be',
    unknown: 'The page cannot check this text: it is no date in a style that the model was trained on.',
    curve: 'Translations without an error, by length',
    curveNote: (right: number, count: number) => `${right} of ${count} random dates right`,
    tokens: 'tokens',
    size: (numbers: number) => `${numbers} numbers, whatever the length`,
    lesson:
      'Of dates up to 11 tokens most come out right. From 16 tokens on almost none does. This model lost the end, although it saw every token; others lose the beginning.',
  },
  'looking-back': {
    title: 'Looking back',
    text: [
      'The second model looks back. It keeps the encoder’s vector for every token, not just the last. Before it writes a word, it decides how much of each to read: that is attention. The weights of a word sum to 1.',
      'Both models have about as many parameters and saw the same dates. Nobody told the second one which word belongs to which. It learned that.',
    ],
    question: (word: string) => `Which part of the date will it read most to write “${word}”?`,
    change: 'Make the date longer. With one vector the translation breaks, with attention it holds.',
    fixed: 'One vector',
    attention: 'Attention',
    vector: '156 numbers',
    source: 'date',
    target: 'translation',
    right: 'right',
    wrong: 'wrong',
    curve: 'Translations without an error, by length',
    curveFixed: 'one vector',
    curveAttention: 'attention',
    lesson:
      'Looking back needs no larger memory, only a way to choose. It does not cure everything: for texts longer than any that it was trained on, this model fails too.',
  },
  'query-key-value': {
    title: 'Query, key, value',
    text: [
      'How does a model choose what to read? It makes three vectors. The query ▲ of the token that it is about to write says what it looks for. The key ● of each source token says what is to be found there. The value ■ is what is read.',
      'Query times key, number by number, added up: that is the score. Here are the real 16 numbers of one head of a small transformer.',
    ],
    question: (word: string) =>
      `The decoder is about to write “${word}”. Which key will match its query best?`,
    change: 'Choose another token to write, another key, or another head.',
    query: 'Query of the token to write',
    key: 'Key of the token',
    value: 'Value of the token',
    context: 'Context: what is read',
    choose: 'Token to write',
    layer: 'Layer',
    head: 'Head',
    products: 'Query × key, number by number',
    sum: (sum: string, root: string, score: string) => `sum ${sum} ÷ √${root} = score ${score}`,
    keys: 'All keys: score and weight',
    keyColumn: 'key',
    score: 'score',
    weight: 'weight',
    product: (i: number, q: string, k: string, p: string) => `number ${i}: ${q} × ${k} = ${p}`,
    mix: 'Values, mixed by their weights, are what the decoder gets.',
    lesson:
      'A high score needs a query and a key that point the same way. The value has no part in the choice: it is only what is handed over.',
  },
  softmax: {
    title: 'Softmax',
    text: [
      'Scores can be any numbers. Softmax turns them into weights: none below 0, all together exactly 1. So a word that gains takes from the others.',
      'It does so by powers: one point more makes a weight 2.7 times as large, against the rest. That is why scores are divided by √d first: products of long vectors are large, and then one weight takes everything.',
    ],
    question: 'Without the division by √d, what happens to the largest weight?',
    answers: { grows: 'it grows', same: 'it stays', shrinks: 'it shrinks' },
    change: 'Drag a score. Then turn the temperature.',
    scores: 'Scores',
    scoreOf: (token: string) => `Score of ${token}`,
    weights: 'Weights',
    sum: 'Sum',
    unscaled: 'without ÷ √d',
    temperature: 'Temperature',
    temperatureNote:
      'The scores are divided by the temperature before softmax. A high one makes the weights more even, a low one gives most to one token.',
    reset: 'The model’s own scores',
    row: (word: string) => `Scores of one head before it writes “${word}”`,
    lesson:
      'Softmax has no zero: every token gets a little. And it knows no “nothing fits”: even if all scores are bad, the weights sum to 1.',
  },
  context: {
    title: 'Context',
    text: [
      'Attention reads a mixture of several words: each word’s value times its weight, added up. This context is a summary of the sentence, made anew for every word that is written.',
      'Does the decoder really go by it? Take the weights into your own hands and see. The model then reads what you say, and writes on by itself.',
    ],
    question:
      '“너를” (you) reads “you”. If all of its weight goes to “I” instead, what will the model write?',
    change: 'Choose a word and move its weights. The others make room: the sum stays 1.',
    choose: 'Word to write',
    weights: (word: string) => `What the model reads to write “${word}”: weight × value`,
    weightOf: (name: string) => `Weight of ${name}`,
    valueOf: (name: string) => `Value of ${name}`,
    context: 'Context',
    before: 'Next, with the model’s weights',
    after: 'Next, with yours',
    reset: 'The model’s weights',
    lesson:
      'In this model the weights do decide: move them, and the translation follows. That is an experiment, not just a picture. In large models with many heads and layers a single row often changes nothing.',
  },
  'self-attention': {
    title: 'Self-attention',
    text: [
      'Until now one sentence read another. In self-attention the words of one sentence read each other, all at once. Each word gets a query, a key and a value of its own.',
      'So a word becomes what its neighbours make of it. This small transformer turns sentences into polite ones; here is one head of its first layer.',
    ],
    textIt: (head: string) =>
      `So a word becomes what its neighbours make of it. Here a larger model, MiniLM, reads a sentence in English. The lines show what one head reads: ${head}.`,
    question: 'Besides itself, which word will “마셨다” (drank) read more in this head?',
    change:
      'Type another sentence. Then load the larger model, and change one word of the sentence with “it”.',
    model: 'Model',
    small: '나는 커피를 마셨다',
    large: 'What is “it”?',
    ending: 'Last word',
    what: 'The sentence with “it” needs a larger model, which is fetched once and kept.',
    labelSmall: 'A simple sentence in Korean',
    labelLarge: 'A sentence in English',
    picture: 'How the words read each other',
    keys: 'is read',
    queries: 'reads',
    both: 'What “it” reads, in two heads',
    headColumn: 'Head',
    tokenColumn: 'Token',
    lesson:
      'In this head the verb reads its object more than twice as much as its subject. Nobody told it about grammar. Other heads do other things.',
    lessonIt:
      'With “wide” the animal loses half its weight, and yet this head still reads it most: what is wide is the street. Only the other head turns over. A head shows what is read, not what is understood.',
  },
  'many-heads': {
    title: 'Many heads',
    text: [
      'One head makes one mixture. A transformer has many, side by side: each with queries, keys and values of its own. A recurrent model must read token after token; attention reads all tokens in one step, and the heads need not wait for each other.',
      'These are the 8 heads with which a small transformer reads a date. Dark: read a lot. Switch heads off, and see what they were for.',
    ],
    question: 'Each of the 8 heads is switched off alone. How often does the translation change?',
    answers: { few: '0 to 2 times', half: '3 to 5 times', most: '6 times or more' },
    change: 'Tap a head to switch it off. Then try all four of layer 1.',
    head: (layer: number, head: number) => `Layer ${layer} · Head ${head}`,
    off: 'off',
    map: (columns: number, rows: number) => `${rows} rows, ${columns} columns`,
    axes: (columns: string) =>
      `Rows: the words that are written; columns: the words that are read. Columns: ${columns}`,
    alone: 'This one off:',
    same: 'the same',
    proof: 'A head without which nothing changes is not proven useless: this is one sentence only.',
    without: (heads: number) => `Without ${heads} heads:`,
    layerOff: 'All of layer 1 off',
    allOn: 'All on',
    lesson:
      'Most heads can be spared, one at a time: others know the same. Without layer 1, head 0 the weekday is lost, although other heads read “Wednesday” too. What a head looks at does not tell what it is needed for.',
  },
  plane: {
    heading: 'First with two numbers',
    text: 'A query and three keys with two numbers each are arrows. Drag their tips: the more a key points where the query points, and the longer it is, the more it is read.',
    picture: 'Arrows of a query and three keys',
    query: 'query',
    key: (name: string) => `key ${name}`,
    tip: (name: string, x: string, y: string) =>
      `${name}: ${x} to the right, ${y} up; move it with the arrow keys`,
    keyColumn: 'key',
    weight: 'weight',
    note: 'q · k is the product of the first numbers plus that of the second. These arrows are made up; the weights follow from them by the same rule.',
    real: 'Now the real 16 numbers',
  },
  timeline: {
    heading: 'At the same time, really',
    text: 'Heads need not wait for each other, so their work can be divided: each worker computes the heads that it has. Twice in every layer they exchange what they found, and add it up.',
    what: 'The timeline divides a larger model, whose work is worth dividing.',
    workers: 'Workers',
    count: (workers: number) => `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    measure: 'Measure',
    running: 'Starting the workers, and measuring …',
    failed: 'The workers could not be measured.',
    picture: (workers: number) => `Timeline of ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    result: (workers: number, tokens: number, time: string, share: string) =>
      `${tokens} tokens in ${time}, on ${workers} ${workers === 1 ? 'worker' : 'workers'}${workers === 1 ? '.' : `; ${share} of their time went into exchanging.`}`,
    attention: 'attention',
    feedForward: 'feed-forward',
    exchange: 'exchange: send, wait, add',
    note: 'The fastest of 6 passes, measured here and now. With more workers than free processor cores they wait for each other, and it takes longer.',
  },
  positions: {
    title: 'Positions',
    text: [
      'Attention knows no order. It reads a set of words: shuffle them, and every word still meets the same others. So a transformer adds to each word a vector that says where it stands.',
      'Here a small BERT reads the same words in two orders. Then all words are told that they stand in the same place, and it reads them again.',
    ],
    question: 'Without positions, will a word’s vector change when the order changes?',
    answers: { same: 'no, not at all', other: 'yes, a little' },
    change: 'Tap two words to exchange them.',
    first: 'First order',
    second: 'Second order',
    hint: 'Tap a word, then the one to exchange it with.',
    taken: (word: string) => `“${word}” is taken. Tap the other one.`,
    withPositions: 'With positions',
    withoutPositions: 'Without positions',
    moved: (token: string, from: number, to: number) => (from === to ? token : `${token} (${from} → ${to})`),
    note: (start: string) =>
      `Cosine of a word’s two vectors, one of each order: 1 means the same vector. The bars begin at ${start}. Of a word that is cut into several tokens, their mean.`,
    lesson:
      'Without positions “the teacher sees the doctor” and “the doctor sees the teacher” are the same to the model. With them, the words that moved have turned most.',
  },
  'encoder-decoder': {
    title: 'Encoder and decoder',
    text: [
      'An encoder that reads and a decoder that writes make the first transformer. The encoder reads with self-attention; the decoder writes with self-attention on what it has written, and cross-attention on what the encoder has read. Press a box to see its numbers.',
      'In training the decoder is shown the right words before the one that it has to find: teacher forcing. It must not see further, so a mask hides what comes later.',
    ],
    question: 'In its self-attention, what may the decoder read when it writes a word?',
    answers: { all: 'the whole translation', before: 'what stands before it', source: 'the source only' },
    change: 'Choose a box. Then switch teacher forcing off.',
    encoder: 'Encoder',
    decoder: 'Decoder',
    written: 'start 2029년 11월 28일 …',
    box: (name: string) => {
      const layer = /blocks\.(\d)/.exec(name)?.[1];
      const part = name.endsWith('embeddings')
        ? 'Words and positions'
        : name.includes('cross')
          ? 'Cross-attention'
          : name.includes('attention')
            ? name.startsWith('decoder')
              ? 'Masked self-attention'
              : 'Self-attention'
            : name.includes('feedForward')
              ? 'Feed-forward'
              : name.endsWith('logits')
                ? 'A score for each token'
                : 'What the decoder gets';
      return layer === undefined ? part : `${part}, layer\u00a0${layer}`;
    },
    map: (name: string, head: number | undefined) => (head === undefined ? name : `${name}, head ${head}`),
    shape: (dimensions: number): string =>
      dimensions === 4
        ? 'sentences × heads × tokens that read × tokens that are read'
        : 'sentences × tokens × numbers',
    columns: (columns: string) => `One picture for each head. Columns: ${columns}`,
    mask: 'Everything above the diagonal is exactly 0: the mask.',
    forcing: 'One mistake',
    forcingNote: (text: string) =>
      `The attention model of chapter 2 translates “${text}”, and is made to write a period in place of “년” once.`,
    forcingOn: 'Teacher forcing: it goes on from the right words',
    right: 'Right',
    error: 'The mistake',
    taught: 'With the right words before each step',
    free: 'From its own words',
    lesson:
      'With the teacher’s words the mistake ends where it was made. From its own, the model takes another style, drops the weekday, and gets the second year wrong. It has never practised going on from a mistake.',
  },
  bert: {
    title: 'BERT',
    text: [
      'BERT is the encoder alone. It reads to both sides and is trained on two riddles. One: a word is hidden behind [MASK]; which was it? The other: does the second sentence follow the first?',
      'Texts become tokens: [CLS] at the beginning, [SEP] after each sentence, numbers for all, and 0 where a shorter text is filled up.',
    ],
    question: '“The [MASK] ate an apple.” What will it put there?',
    answers: { person: 'a person', food: 'something to eat', verb: 'something else' },
    change: 'Tap a token to mask it. Edit either sentence.',
    first: 'First sentence',
    second: 'Second sentence',
    input: 'What BERT gets',
    legend:
      'Below each token its number, and the sentence that it belongs to. Outlined with dashes: special tokens.',
    mask: (token: string) => `Mask ${token}`,
    candidates: 'Behind the mask',
    next: 'Follows the first sentence',
    weak: 'This BERT is tiny, with 268,898 parameters: it knows which kind of word fits, rarely which one.',
    meaning: 'One word, two meanings',
    what: 'Whether “bank” is a place of money or of water needs a larger model, which is fetched once and kept.',
    layer: 'Layer',
    embeddings: 'embeddings',
    same: 'same meaning',
    other: 'other meaning',
    base: 'Compared with',
    meaningNote:
      'Cosine of the vectors of “bank”, by layer. The embeddings do not know the neighbours yet: they are not 1 because the position differs. The control matters: two sentences of the same meaning differ too, only less.',
    lesson:
      'Reading to both sides helps to understand, but a model that sees what comes next cannot write: it would have seen the answer.',
  },
  gpt: {
    title: 'GPT',
    text: [
      'GPT is the decoder alone. It reads to the left only, and does one thing: say what comes next. From the last token’s vector, and from that alone, comes a probability for every token of its vocabulary.',
      'One is chosen and appended, and all begins anew. That is how it writes. This one learned from messages of programs, character by character.',
    ],
    question: (text: string) => `“${text} …”, the file can … be found. Which character comes next?`,
    options: { 없: '없 (not)', 있: '있 (indeed)', 하: '하 (something else)' },
    change: 'Tap a bar to append it. Take it back, and choose another one.',
    model: 'Model',
    small: 'characters, 1 MB',
    large: 'stories',
    what: 'A model that writes stories for children in English, with whole words as tokens; fetched once and kept.',
    label: 'Text',
    vector: (tokens: number, size: number) =>
      `${tokens} tokens read. The last one’s vector, ${size} numbers:`,
    strip: (size: number) => `${size} numbers of the last token`,
    bars: (tokens: number) => `Next, of ${tokens.toLocaleString('en')} tokens:`,
    accept: 'Take the first',
    back: 'Take back',
    lens: 'The same question, after each layer',
    layer: (layer: number) => `Layer ${layer}`,
    lensNote:
      'The vector of each layer, read as if it were the last (logit lens). The answer ripens from layer to layer.',
    lesson:
      'A likely continuation is not a true one, nor a good one. The model has no file and has looked for none. It writes what usually stands there.',
  },
  t5: {
    title: 'T5',
    text: [
      'T5 has both: an encoder that reads, and a decoder that writes. Its idea: every task is text in, text out. What is to be done stands in front of the sentence, in words.',
      'One model, one set of weights (310,656 numbers), several tasks. Only the prefix decides.',
    ],
    question: 'The prefix is “negate:”. What will the model write?',
    change: 'Open the other answers. Guess each before. Then type another sentence.',
    label: 'Sentence',
    answersLabel: 'One sentence behind each prefix',
    ask: (prefix: string) => `Answer to ${prefix}`,
    show: 'Answer',
    all: 'All answers',
    lesson:
      'A new task needs new examples, not a new model. It is a small one: of sentences that it has not seen it translates about half rightly, and does the other tasks better. Look for a mistake.',
  },
  learning: {
    title: 'Learning',
    text: [
      'Nobody writes the weights. They begin random. How far the model’s answers are from the right ones is measured: the loss. The gradient says for each number in which direction the loss falls. A small step that way, and again.',
      'The smallest model is a line with two numbers. Below it, one with several thousand, which learns to reverse letters in your browser, in seconds. See when its attention appears.',
    ],
    question:
      'The rate says how far a step goes. Three times as far, 0.0015 in place of 0.0005: will it arrive sooner?',
    answers: { faster: 'yes, sooner', worse: 'no, it gets worse' },
    change: 'Set the rate to 0.0015 and take ten steps. Then train, and drag the slider back and forth.',
    line: 'A line through points',
    lineNote: (count: number) => `${count} sentences of this page: characters in English, and in Korean.`,
    x: 'characters in English',
    y: 'characters in Korean',
    slope: 'Slope of the line',
    intercept: 'Height',
    lineText: (slope: string, intercept: string, error: string) =>
      `y = ${slope} · x ${intercept}, mean squared error ${error}`,
    outside: 'The line has left the picture.',
    steps: (count: number) => `${count} steps`,
    least: (error: string) => `least possible ${error}`,
    one: 'One step',
    ten: 'Ten steps',
    reset: 'From the beginning',
    rate: 'Rate',
    alignment: 'Attention appears',
    alignmentNote: (sample: string) =>
      `A model learns to write letters backwards. Rows: what it writes; columns: “${sample}”.`,
    train: 'Train',
    training: 'Training …',
    scrub: 'Moment of the training',
    more: 'Larger models, with settings to change: the room Train',
    step: 'Step',
    loss: 'Loss',
    writes: 'It writes',
    right: 'Right',
    lesson:
      'The diagonal was in no example: only letters and their reverse were. Looking at the right place made the loss fall, so the model learned to look.',
  },
  metrics: {
    title: 'How good?',
    text: [
      'How good is a translation? Measures compare it with one that a person wrote. BLEU counts runs of up to four words that both have, chrF runs of letters, ROUGE the words of the reference that are there.',
      'Perplexity needs no reference: it says how surprised a model is by the text. All of them are quick, cheap, and blind in one eye.',
    ],
    question: 'Which of the two gets the higher BLEU?',
    change: 'Choose a translation, or write your own.',
    source: 'To be translated',
    reference: 'Reference, by a person',
    hypothesis: 'Translation to be judged',
    samples: {
      exact: 'the reference',
      paraphrase: 'a free translation',
      order: 'another order',
      lie: 'a fluent mistake',
      shuffled: 'shuffled',
    },
    scores: 'Scores',
    exact: 'Exact',
    perplexity: 'Perplexity',
    what: {
      bleu: '0 to 100. Runs of words. Good for whole corpora; of single sentences it misjudges free ones.',
      chrf: '0 to 100. Runs of letters. Forgives endings and particles, so it suits Korean better.',
      rouge1: '0 to 1. Words, in any order: even a shuffled sentence gets all of it.',
      rougeL: '0 to 1. The longest common sequence of words: order counts.',
      exact: '0 or 1. Equal or not. Hard, but nobody can argue.',
      perplexity:
        'Surprise of the model grammar-ko-en for each token; 1 is none. It knows its own words only.',
    },
    lesson:
      'The free translation is nearly right and gets 0. The fluent mistake names the wrong person and gets 64. Ask which measure a score is of, and read the translation yourself.',
  },
};
