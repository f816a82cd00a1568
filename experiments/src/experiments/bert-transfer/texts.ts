import { Tokenizer } from '@headwise/core';
import { trainWordPiece } from '@headwise/core/train';
import type { Clause, Meaning, Thing } from '../../data/grammar/clause.ts';
import { Meanings } from '../../data/grammar/draw.ts';
import { english } from '../../data/grammar/english.ts';
import { ambiguous } from '../../data/grammar/index.ts';
import { korean } from '../../data/grammar/korean.ts';
import { pronouns } from '../../data/grammar/lexicon.ts';
import { realPairs } from '../../data/pairs/index.ts';
import { Choices } from '../../data/random.ts';
import type { DataSet, Side } from '../../data/split.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';

/** What BERT is trained on: sentences of the grammar, and real messages, both in two languages. */
export const corpora = ['grammar', 'messages'] as const;

export type Corpus = (typeof corpora)[number];

/** Two texts of which the second follows the first. */
export interface ConsecutiveTexts {
  /** Pairs of one kind are alike in language: the second text of a false pair is that of another pair of the kind. */
  readonly kind: string;
  readonly first: string;
  readonly second: string;
}

/** The texts of all corpora, as they are read from the sources. */
export interface Texts {
  readonly messages: DataSet<{ readonly source: string; readonly target: string }>;
  /** Sentences that meanings are measured on (senses.ts): no model reads them in training. */
  readonly excluded: ReadonlySet<string>;
}

export async function readTexts(seed: number): Promise<Texts> {
  const held = ambiguous({ seed });
  const excluded = new Set(
    [...held.validation, ...held.test].flatMap(({ text, translation }) => [text, translation]),
  );
  return { messages: await realPairs(), excluded };
}

const pronoun = (en: string): Thing => ({ pronoun: pronouns.find((one) => one.en === en)! });

/** I and you change places between a question and its answer. */
function turned<T extends Thing | undefined>(thing: T): T | Thing {
  if (!thing || !('pronoun' in thing)) return thing;
  const other = { I: 'you', you: 'I' }[thing.pronoun.en];
  return other ? pronoun(other) : thing;
}

/** The statement that answers a question: "Do you love me?" → "I love you". */
export function answerTo({ question: _, ...asked }: Meaning): Meaning {
  const clauses = asked.clauses.map((clause): Clause => {
    const { subject, predicate } = clause;
    const object = predicate.kind === 'verb' ? turned(predicate.object) : undefined;
    return {
      ...clause,
      subject: turned(subject),
      predicate: object ? ({ ...predicate, object } as Clause['predicate']) : predicate,
    };
  });
  return { ...asked, clauses };
}

/** Pairs of the grammar: half of them questions with their answers, half sentences with their translations, in both languages. */
export function grammarPairs(
  side: Side,
  count: number,
  seed: number,
  excluded: ReadonlySet<string> = new Set(),
): ConsecutiveTexts[] {
  // Streams of their own: the other data sets of the grammar use 0 to 4.
  const meanings = new Meanings(seed, 5);
  const choices = new Choices(seed, 6);
  const pairs: ConsecutiveTexts[] = [];
  while (pairs.length < count) {
    const pair = choices.chance(0.5)
      ? questionAndAnswer(meanings, choices, side)
      : sentenceAndTranslation(meanings, choices, side);
    if (!excluded.has(pair.first) && !excluded.has(pair.second)) pairs.push(pair);
  }
  return pairs;
}

function questionAndAnswer(meanings: Meanings, choices: Choices, side: Side): ConsecutiveTexts {
  for (;;) {
    const meaning = meanings.draw(side);
    if (!meaning.question) continue;
    const answer = answerTo(meaning);
    return choices.chance(0.5)
      ? { kind: 'answer in English', first: english(meaning), second: english(answer) }
      : { kind: 'answer in Korean', first: korean(meaning), second: korean(answer) };
  }
}

function sentenceAndTranslation(meanings: Meanings, choices: Choices, side: Side): ConsecutiveTexts {
  const meaning = meanings.draw(side, choices.integer(1, 2));
  return inEitherOrder(choices, 'sentence', english(meaning), korean(meaning));
}

function inEitherOrder(choices: Choices, kind: string, en: string, ko: string): ConsecutiveTexts {
  return choices.chance(0.5)
    ? { kind: `${kind} in Korean`, first: en, second: ko }
    : { kind: `${kind} in English`, first: ko, second: en };
}

/** Messages with their translations, in either direction. */
export function messagePairs({ messages }: Texts, side: Side, seed: number): ConsecutiveTexts[] {
  const choices = new Choices(seed, 7);
  return messages[side].map(({ source, target }) => inEitherOrder(choices, 'message', source, target));
}

/**
 * A WordPiece vocabulary (Schuster and Nakajima 2012) of all training texts, in lower case. Characters beyond the 500 most frequent and those of
 * the grammar are `[UNK]`.
 */
export async function trainTokenizer(
  texts: Texts,
  vocabSize: number,
  maxLength: number,
): Promise<TaskTokenizer> {
  const sentences = grammarPairs('train', 4000, 0, texts.excluded).flatMap(({ first, second }) => [
    first,
    second,
  ]);
  const { tokenizerJson, tokenizerConfigJson } = await trainWordPiece(
    [...texts.messages.train.flatMap(({ source, target }) => [source, target]), ...sentences],
    {
      vocabSize,
      limitAlphabet: 500,
      initialAlphabet: [...new Set(sentences.join('').toLowerCase().replaceAll(' ', ''))],
    },
  );
  const files = {
    'tokenizer.json': tokenizerJson,
    'tokenizer_config.json': { ...(tokenizerConfigJson as object), model_max_length: maxLength },
  };
  return { tokenizer: Tokenizer.fromFiles({ tokenizerJson, tokenizerConfigJson }), files };
}
