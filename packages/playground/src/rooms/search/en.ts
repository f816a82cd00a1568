import type { SearchMessages } from './messages.ts';
import { FIGURES } from './samples/questions.ts';

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export const en: SearchMessages = {
  tagline:
    'Ask a text something. The page finds the sentences that come nearest, and shows what each score is made of.',
  source: {
    heading: 'The text',
    label: 'Text or Markdown',
    samples: { en: 'Our summary, English', ko: 'Our summary, Korean' },
    choose: 'Samples',
    own: 'A text of your own: paste it below, open a file, or drop one here.',
    open: 'Open a file …',
    drop: 'Drop the file here',
    local: 'It stays on this device. The page searches it here and sends it nowhere.',
    notShared: (name) =>
      name === undefined
        ? 'This text is too long for the address: whoever opens your link sees the sample in its place.'
        : `${name} is open. The address does not hold it: whoever opens your link sees the sample in its place.`,
    reading: 'Reading …',
    contents: (sections, passages) =>
      `${count(passages, 'sentence', 'sentences')} in ${count(sections, 'section', 'sections')}.`,
    refused: {
      length:
        'This text is too long: at most a million characters can be searched. The one before is still open.',
      binary: 'This is no text file. Open text or Markdown.',
    },
  },
  query: {
    heading: 'The question',
    label: 'What you look for',
    placeholder: 'A question, or a few words',
    examples: 'Questions that the sample answers',
    way: 'Compare by',
    ways: { meaning: 'Meaning', letters: 'Letters' },
    explain: {
      meaning:
        'MiniLM turns each sentence into a vector of 384 numbers. The score is the cosine of two vectors. English only.',
      letters:
        'No model: sentences that share rare groups of 2 to 4 letters with your words come first. For any language.',
    },
    offer:
      'To compare by meaning, a model has to be fetched first, once. Until then you see the results by letters.',
    indexing: (done, total) => `${done} of ${count(total, 'sentence has', 'sentences have')} a vector.`,
    indexed: (total) => `${count(total, 'sentence has', 'sentences have')} a vector.`,
    cut: (passages) =>
      `${count(passages, 'sentence is', 'sentences are')} longer than MiniLM reads: only the beginning is compared.`,
    koreanQuery: 'MiniLM was not trained on Korean, so this question is compared by letters.',
    otherScript: 'MiniLM was not trained on this script. Its scores mean little here; letters do better.',
  },
  results: {
    heading: 'What was found',
    meaning: 'By meaning',
    letters: 'By letters',
    korean: 'Korean sentences, by letters',
    none: 'No sentence shares letters with this.',
    empty: 'Type a question.',
    waiting: 'Searching …',
    beginning: 'Before the first heading',
    why: 'Why',
    found: (n, first, score) => `${count(n, 'sentence', 'sentences')} found. First: ${first} ${score}.`,
    score: (score) => `score ${score}`,
    failed: 'The search failed.',
  },
  guess: {
    start: 'Guess first',
    question: 'Which of these comes first? In the order of the text, without scores:',
    right: (score) => `Yes. Its score is ${score}.`,
    wrong: (first, score) => `No: “${first}” comes first, with ${score}.`,
  },
  why: {
    letters: (score) => `${score} = the sum of what the shared groups of letters add`,
    lettersNote:
      'A group counts for more the fewer sentences have it. ␣ is the end of a word. In the sentence, letters are tinted by what they add.',
    rest: (n) => `${count(n, 'other group', 'other groups')}`,
    meaning: (q, p, score) => `${score} = the sum of ${q} × ${p} pairs of tokens`,
    meaningNote:
      'The vector of a text is the mean of its tokens’ last vectors, so the cosine is a sum over all pairs: the product of the two tokens’ vectors, divided by both numbers of tokens and both lengths. Each token has read its whole sentence: a pair can meet although the words differ.',
    query: 'Your question',
    passage: 'The sentence',
    choose: 'Choose a token of your question to see what it adds with each token of the sentence.',
    token: (text, part) => `${text} ${part}`,
    pairs: 'The pairs that add most',
    restPairs: (n) => `${count(n, 'other pair', 'other pairs')}`,
    sum: 'together',
    waiting: 'Taking the score apart …',
  },
  about: {
    heading: 'What you see here, and what not',
    points: [
      `On our English summary, of ${FIGURES.of} questions, most of them in other words, MiniLM has the answer first for ${FIGURES.en.minilm}, letters for ${FIGURES.en.letters}.`,
      `For Korean we found no such model that the page could bring along. Our own small one, ko-student, was tried: of ${FIGURES.of} questions on the Korean summary it has the answer first for ${FIGURES.ko['ko-student']}, letters for ${FIGURES.ko.letters}. So Korean is searched by letters.`,
      'A high score says that two texts resemble each other. It does not say that the sentence answers the question, or is true.',
      'Scores by meaning and scores by letters cannot be compared with each other.',
    ],
  },
};
