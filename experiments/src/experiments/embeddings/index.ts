import { grammar } from '../../data/grammar/index.ts';
import { realPairs } from '../../data/pairs/index.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { grammarLexemes, koreanNouns, type Lexeme, messageLexemes, particleOf } from './lexemes.ts';
import { inflection, separation, translations, WordVectors } from './measures.ts';
import { pca } from './pca.ts';
import { figures, tables } from './report.ts';
import { rotatedTranslations } from './rotation.ts';
import { type Snapshot, trainEmbeddings } from './train.ts';
import { languages, type Side, Vocabulary, wordsOf } from './vocabulary.ts';

const SHOWN = {
  grammar: `eat drink read write buy sell love see teach learn go sleep apple bread coffee milk cat dog rabbit teacher student friend red
    blue white yesterday tomorrow today school library market hospital`,
  messages: `file folder editor function variable property class value string number array module error add remove delete copy move
    save open close import export woman man person family hand face email password account left right next`,
};

import type { CorpusOptions, CorpusResult, EmbeddingsResult, ShownWord, SnapshotResult } from './result.ts';

const ASKED = {
  grammar: ['coffee', 'apple', 'eat', 'yesterday', 'red', '커피를', '사과를', '먹었어', '어제', '선생님은'],
  messages: ['file', 'delete', 'function', 'woman', 'left', '파일', '삭제', '함수', '여자', '오류'],
};

const round = (value: number) => Math.round(value * 1000) / 1000;

async function runCorpus(
  lab: Lab,
  { pairs, atLeast, lexemesOf, shown, asked, steps }: CorpusOptions,
): Promise<{
  result: CorpusResult;
  vocabulary: Vocabulary;
  vectors: { step: number; vectors: WordVectors }[];
}> {
  const vocabulary = new Vocabulary(pairs, atLeast);
  const parts = [0, 1 / 32, 1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1];
  const { snapshots, parameters } = await trainEmbeddings(vocabulary, pairs, {
    layers: lab.size(2, 1),
    width: lab.size(64, 16),
    steps,
    batchSize: lab.size(32, 8),
    learningRate: 4e-3,
    seed: lab.seed,
    snapshotAt: parts.map((part) => Math.round(part * steps)),
  });
  const lexemes = lexemesOf(vocabulary);
  const measured = lexemes.filter(({ class: kind }) => kind !== 'other' && kind !== 'counters');
  const words: Readonly<Record<Side, string[]>> = { en: vocabulary.of('en'), ko: vocabulary.of('ko') };
  const vectorsOf = ({ vectorOf }: Snapshot) =>
    new WordVectors([...words.en, ...words.ko], (word) => vectorOf(vocabulary.idOf(word)));
  const drawn = shownWords(measured, shown, vocabulary);
  const last = vectorsOf(snapshots.at(-1)!);
  const plane = pca(
    drawn.map(({ word }) => last.of(word)),
    2,
  );
  const both = <T>(of: (side: Side) => T) => ({ en: of('en'), ko: of('ko') });
  const vectors = snapshots.map((snapshot) => ({ step: snapshot.step, vectors: vectorsOf(snapshot) }));
  const results = snapshots.map(({ step, loss }, i): SnapshotResult => {
    const at = vectors[i]!.vectors;
    return {
      step,
      loss,
      separation: both((side) => separation(at, measured, side)),
      translations: both((side) => translations(at, measured, side, words[side === 'en' ? 'ko' : 'en'])),
      rotated: rotatedTranslations(at, measured, words),
      neighbours: asked
        .filter((word) => vocabulary.has(word))
        .map((word) => {
          const own = words.ko.includes(word) ? 'ko' : 'en';
          const near = (side: Side, count: number) => at.nearest(word, words[side], count);
          return { word, own: near(own, 4), other: near(own === 'en' ? 'ko' : 'en', 3) };
        }),
      points: drawn.map(({ word }) => {
        const [x, y] = plane.project(at.of(word));
        return [round(x!), round(y!)] as const;
      }),
    };
  });
  const result: CorpusResult = {
    pairs: pairs.length,
    vocabulary: both((side) => words[side].length),
    parameters,
    steps,
    lexemes: measured.length,
    classes: [...new Set(measured.map(({ class: kind }) => kind))],
    words: drawn,
    explained: plane.explained.map(round),
    snapshots: results,
  };
  return { result, vocabulary, vectors };
}

/** Of each meaning the most frequent word in each language. */
function shownWords(
  lexemes: readonly Lexeme[],
  shown: readonly string[],
  vocabulary: Vocabulary,
): ShownWord[] {
  return shown.flatMap((meaning) => {
    const lexeme = lexemes.find(({ name }) => name === meaning);
    if (!lexeme) return [];
    return languages.map((language) => {
      const word = lexeme[language].reduce((best, one) =>
        vocabulary.countOf(one) > vocabulary.countOf(best) ? one : best,
      );
      return { word, language, class: lexeme.class, meaning };
    });
  });
}

const list = (text: string) => text.split(/\s+/);

async function run(lab: Lab): Promise<EmbeddingsResult> {
  const steps = lab.size(700, 24);
  const first = await lab.unit('grammar', { steps }, async () => {
    const sizes = { train: lab.size(20_000, 400), validation: 1, test: 1 };
    const { result, vocabulary, vectors } = await runCorpus(lab, {
      pairs: grammar({ direction: 'en-ko', seed: lab.seed, sizes }).train,
      atLeast: lab.size(5, 1),
      lexemesOf: grammarLexemes,
      shown: list(SHOWN.grammar),
      asked: ASKED.grammar,
      steps,
    });
    const forms = grammarLexemes(vocabulary).flatMap(({ name, ko }) => {
      const stem = koreanNouns.get(name);
      if (stem === undefined) return [];
      return ko.flatMap((word) => {
        const ending = particleOf(word, stem);
        // 은 and 는, 이 and 가, 을 and 를 are one particle each, by the sound before it.
        const kind = ending && ({ 는: '은', 가: '이', 를: '을' }[ending] ?? ending);
        return kind === undefined ? [] : [{ word, stem, ending: kind }];
      });
    });
    return {
      result,
      inflection: vectors.map(({ step, vectors: at }) => ({ step, ...inflection(at, forms) })),
    };
  });
  const messages = await lab.unit('messages', { steps }, async () => {
    const { train } = await realPairs();
    const usable = train.filter(
      ({ source, target }, i) =>
        i % lab.size(1, 40) === 0 && wordsOf(source).length + wordsOf(target).length <= 60,
    );
    const { result } = await runCorpus(lab, {
      pairs: usable,
      atLeast: lab.size(8, 1),
      lexemesOf: messageLexemes,
      shown: list(SHOWN.messages),
      asked: ASKED.messages,
      steps,
    });
    return result;
  });
  return { grammar: first.result, messages, inflection: first.inflection };
}

/** Word embeddings from random to meaning, in two languages. */
export const embeddings: Experiment<EmbeddingsResult> = {
  name: 'embeddings',
  about: 'word embeddings over training, from random to meaning, in two languages',
  run,
  tables,
  figures,
};
