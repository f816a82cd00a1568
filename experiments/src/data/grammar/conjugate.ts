/**
 * Korean verbs and adjectives: the endings of four styles of speech, three tenses, statements, questions and negations. Rules: National
 * Institute of Korean Language, 한글 맞춤법 §§ 16-18, 34-40.
 */

import { finalOf, lastOf, withLast } from './hangul.ts';

/** How a stem changes before endings that begin with a vowel. 르, 으 and 하 follow from the stem's spelling. */
export type Irregular = 'ㄷ' | 'ㅂ' | 'ㅅ' | 'ㅎ';

export interface Stem {
  /** Dictionary form without 다. */
  readonly stem: string;
  readonly irregular?: Irregular;
  /** Adjectives lack 는 and ㄴ in the plain present: 크다, but 간다. */
  readonly adjective?: boolean;
}

/** 해라체 (나는 간다), 해체 (나는 가), 해요체 (저는 가요), 합쇼체 (저는 갑니다). */
export type Style = 'plain' | 'casual' | 'polite' | 'formal';
export type Tense = 'present' | 'past' | 'future';

export interface Form {
  readonly style: Style;
  readonly tense: Tense;
  readonly negative?: boolean;
  readonly question?: boolean;
}

const bright = (vowel: string) => vowel === 'ㅏ' || vowel === 'ㅗ';

/** ㅏ or ㅓ by vowel harmony with the last vowel before it. */
const harmony = (word: string) => (word !== '' && bright(lastOf(word).vowel) ? 'ㅏ' : 'ㅓ');

/** How an open syllable's vowel and 아/어 become one (§§ 34-38). Vowels that are not here stay apart. */
const CONTRACTED: Readonly<Record<string, string>> = {
  ㅏ: 'ㅏ',
  ㅓ: 'ㅓ',
  ㅐ: 'ㅐ',
  ㅔ: 'ㅔ',
  ㅕ: 'ㅕ',
  ㅗ: 'ㅘ',
  ㅜ: 'ㅝ',
  ㅣ: 'ㅕ',
  ㅚ: 'ㅙ',
};

const syllable = (vowel: string) => (vowel === 'ㅏ' ? '아' : '어');

/** The stem with 아/어, the form of the casual style: 먹어, 마셔, 사랑해, 들어, 도와, 써, 불러. */
export function infinitive({ stem, irregular }: Stem): string {
  const { vowel, final } = lastOf(stem);
  const before = stem.slice(0, -1);
  if (stem === '아니') return '아니어';
  if (stem.endsWith('하')) return `${before}해`;
  if (irregular === 'ㄷ') return withLast(stem, { final: 'ㄹ' }) + syllable(harmony(stem));
  if (irregular === 'ㅂ')
    // Only 돕다 and 곱다 keep the harmony.
    return withLast(stem, { final: '' }) + (/^[돕곱]$/.test(stem) ? '와' : '워');
  if (irregular === 'ㅅ') return withLast(stem, { final: '' }) + syllable(harmony(stem));
  if (irregular === 'ㅎ') return withLast(stem, { vowel: vowel === 'ㅑ' ? 'ㅒ' : 'ㅐ', final: '' });
  if (final !== '') return stem + syllable(harmony(stem));
  if (stem.endsWith('르'))
    return withLast(before, { final: 'ㄹ' }) + (harmony(before) === 'ㅏ' ? '라' : '러');
  if (vowel === 'ㅡ') return withLast(stem, { vowel: harmony(before) });
  const contracted = CONTRACTED[vowel];
  return contracted === undefined ? `${stem}어` : withLast(stem, { vowel: contracted });
}

/** The stem before endings with (으): 먹으, 가, 들으, 도우, 지으, 빨가; ㄹ stays. */
function beforeEu({ stem, irregular }: Stem): string {
  if (irregular === 'ㄷ') return `${withLast(stem, { final: 'ㄹ' })}으`;
  if (irregular === 'ㅂ') return `${withLast(stem, { final: '' })}우`;
  if (irregular === 'ㅅ') return `${withLast(stem, { final: '' })}으`;
  if (irregular === 'ㅎ') return withLast(stem, { final: '' });
  return ['', 'ㄹ'].includes(finalOf(stem)) ? stem : `${stem}으`;
}

/** Adds a final consonant: 가 + ㄴ = 간. A final ㄹ gives way: 만들 + ㄴ = 만든. */
const closeWith = (word: string, final: string) => withLast(word, { final });

/** The stem without a final ㄹ, as it is before ㄴ, ㅂ and ㅅ: 만드니, 만듭니다. */
const withoutL = (stem: string) => (finalOf(stem) === 'ㄹ' ? withLast(stem, { final: '' }) : stem);

/** The stem of the past: 먹었, 마셨, 갔. */
export const pastStem = (stem: Stem): string => closeWith(infinitive(stem), 'ㅆ');

/** The form before 것, of the future: 먹을, 갈, 들을, 만들. */
export const prospective = (stem: Stem): string => closeWith(beforeEu(stem), 'ㄹ');

/** The form of an adjective before a noun: 큰, 빨간, 뜨거운, 긴; 있 and 없 take 는: 맛있는. */
export function attributive(stem: Stem): string {
  return /[있없]$/.test(stem.stem) ? `${stem.stem}는` : closeWith(beforeEu(stem), 'ㄴ');
}

/** Before -고 and -지만, which join clauses: 먹, 먹었, 먹을 거; 먹지 않, 먹지 않았. */
export function connective(stem: Stem, tense: Tense, negative = false): string {
  if (negative) return `${stem.stem}지 ${connective(not(stem), tense)}`;
  if (tense === 'past') return pastStem(stem);
  return tense === 'future' ? `${prospective(stem)} 거` : stem.stem;
}

/** 않다, which negates: a verb after verbs, an adjective after adjectives. */
const not = ({ adjective = false }: Stem): Stem => ({ stem: '않', adjective });

/** A verb or adjective at the end of a sentence. Negation is the long one, -지 않다. */
export function conjugate(stem: Stem, { style, tense, negative = false, question = false }: Form): string {
  if (negative) return `${stem.stem}지 ${conjugate(not(stem), { style, tense, question })}`;
  if (tense === 'future') return `${prospective(stem)} ${question ? FUTURE_QUESTION[style] : FUTURE[style]}`;
  if (tense === 'past') return past(pastStem(stem), style, question);
  switch (style) {
    case 'plain':
      return question ? `${withoutL(stem.stem)}니` : plainPresent(stem);
    case 'casual':
      return infinitive(stem);
    case 'polite':
      return `${infinitive(stem)}요`;
    case 'formal':
      return formal(withoutL(stem.stem), question);
  }
}

const FUTURE: Readonly<Record<Style, string>> = {
  plain: '것이다',
  casual: '거야',
  polite: '거예요',
  formal: '것입니다',
};
const FUTURE_QUESTION: Readonly<Record<Style, string>> = {
  plain: '거니',
  casual: '거야',
  polite: '거예요',
  formal: '것입니까',
};

function past(stem: string, style: Style, question: boolean): string {
  const ending = { plain: question ? '니' : '다', casual: '어', polite: '어요', formal: '' }[style];
  return style === 'formal' ? formal(stem, question) : stem + ending;
}

function plainPresent({ stem, adjective }: Stem): string {
  if (adjective || /[있없]$/.test(stem)) return `${stem}다`;
  const open = withoutL(stem);
  return finalOf(open) === '' ? `${closeWith(open, 'ㄴ')}다` : `${open}는다`;
}

/** -ㅂ니다 after a vowel, -습니다 after a consonant. */
function formal(stem: string, question: boolean): string {
  const ending = question ? '니까' : '니다';
  return finalOf(stem) === '' ? closeWith(stem, 'ㅂ') + ending : `${stem}습${ending}`;
}

/** 이다 and 아니다 after a noun: 학생이다, 의사야, 학생이 아니에요. */
export function copula(noun: string, { style, tense, negative = false, question = false }: Form): string {
  if (negative) {
    const complement = noun + (finalOf(noun) === '' ? '가' : '이');
    const present = {
      plain: question ? '아니니' : '아니다',
      casual: '아니야',
      polite: '아니에요',
      formal: '',
    }[style];
    if (tense === 'present' && style !== 'formal') return `${complement} ${present}`;
    return `${complement} ${conjugate({ stem: '아니', adjective: true }, { style, tense, question })}`;
  }
  const open = finalOf(noun) === '';
  if (tense === 'future') return `${noun}일 ${question ? FUTURE_QUESTION[style] : FUTURE[style]}`;
  if (tense === 'past') return past(`${noun}${open ? '였' : '이었'}`, style, question);
  switch (style) {
    case 'plain':
      return `${noun}${question ? (open ? '니' : '이니') : open ? '다' : '이다'}`;
    case 'casual':
      return `${noun}${open ? '야' : '이야'}`;
    case 'polite':
      return `${noun}${open ? '예요' : '이에요'}`;
    case 'formal':
      return `${noun}입${question ? '니까' : '니다'}`;
  }
}
