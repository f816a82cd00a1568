/** Translations that are right or wrong in a way that is known, made by hand from six sentences. */

/** What is done to a reference; `true` where the meaning stays, so that the translation is as good as the reference. */
export const phenomena = {
  order: true,
  synonyms: true,
  politeness: true,
  spacing: true,
  particles: false,
  negation: false,
  entity: false,
  roles: false,
  repetition: false,
  padding: false,
  half: false,
  backwards: false,
  unrelated: false,
  source: false,
  empty: false,
} as const;

export type Phenomenon = keyof typeof phenomena;

export interface Constructed {
  readonly sentence: number;
  readonly phenomenon: Phenomenon;
  readonly reference: string;
  readonly output: string;
}

type Handmade =
  | 'order'
  | 'synonyms'
  | 'politeness'
  | 'spacing'
  | 'particles'
  | 'negation'
  | 'entity'
  | 'roles';

interface Sentence extends Readonly<Record<Handmade, string>> {
  readonly source: string;
  readonly reference: string;
}

const sentences: readonly Sentence[] = [
  {
    source: 'The new version will not be released before Friday.',
    reference: '새 버전은 금요일 전에 출시되지 않는다.',
    order: '금요일 전에 새 버전은 출시되지 않는다.',
    synonyms: '신규 버전은 금요일 이전에 나오지 않는다.',
    politeness: '새 버전은 금요일 전에 출시되지 않습니다.',
    spacing: '새버전은 금요일전에 출시되지않는다.',
    particles: '새 버전는 금요일 전에 출시되지 않는다.',
    negation: '새 버전은 금요일 전에 출시된다.',
    entity: '새 버전은 목요일 전에 출시되지 않는다.',
    roles: '금요일은 새 버전 전에 출시되지 않는다.',
  },
  {
    source: 'I gave the book to my sister yesterday because she wanted to read it.',
    reference: '나는 어제 누나가 읽고 싶어 해서 책을 누나에게 주었다.',
    order: '누나가 읽고 싶어 해서 나는 어제 누나에게 책을 주었다.',
    synonyms: '나는 어제 누나가 보고 싶어 해서 도서를 누나한테 건넸다.',
    politeness: '저는 어제 누나가 읽고 싶어 해서 책을 누나에게 주었습니다.',
    spacing: '나는 어제 누나가 읽고싶어해서 책을 누나에게 주었다.',
    particles: '나은 어제 누나이 읽고 싶어 해서 책를 누나에게 주었다.',
    negation: '나는 어제 누나가 읽고 싶어 해서 책을 누나에게 주지 않았다.',
    entity: '나는 어제 누나가 읽고 싶어 해서 돈을 누나에게 주었다.',
    roles: '누나는 어제 내가 읽고 싶어 해서 책을 나에게 주었다.',
  },
  {
    source: 'The server cannot be reached because the network is down.',
    reference: '네트워크가 끊겨서 서버에 연결할 수 없다.',
    order: '서버에 네트워크가 끊겨서 연결할 수 없다.',
    synonyms: '통신망이 단절되어 서버에 접속이 불가능하다.',
    politeness: '네트워크가 끊겨서 서버에 연결할 수 없습니다.',
    spacing: '네트워크가 끊겨서 서버에 연결할수없다.',
    particles: '네트워크이 끊겨서 서버에 연결할 수 없다.',
    negation: '네트워크가 끊겨서 서버에 연결할 수 있다.',
    entity: '네트워크가 끊겨서 프린터에 연결할 수 없다.',
    roles: '서버가 끊겨서 네트워크에 연결할 수 없다.',
  },
  {
    source: 'Minsu bought three apples at the market in Busan.',
    reference: '민수는 부산 시장에서 사과 세 개를 샀다.',
    order: '부산 시장에서 민수는 사과 세 개를 샀다.',
    synonyms: '민수는 부산 장터에서 사과 3개를 구입했다.',
    politeness: '민수는 부산 시장에서 사과 세 개를 샀습니다.',
    spacing: '민수는 부산시장에서 사과 세개를 샀다.',
    particles: '민수은 부산 시장에서 사과 세 개을 샀다.',
    negation: '민수는 부산 시장에서 사과 세 개를 사지 않았다.',
    entity: '민수는 대구 시장에서 사과 세 개를 샀다.',
    roles: '부산은 민수 시장에서 사과 세 개를 샀다.',
  },
  {
    source: 'The doctor did not tell the patient the result of the test.',
    reference: '의사는 환자에게 검사 결과를 알려 주지 않았다.',
    order: '검사 결과를 의사는 환자에게 알려 주지 않았다.',
    synonyms: '의사 선생님은 환자한테 검진 결과를 말해 주지 않았다.',
    politeness: '의사는 환자에게 검사 결과를 알려 주지 않았습니다.',
    spacing: '의사는 환자에게 검사결과를 알려주지 않았다.',
    particles: '의사은 환자에게 검사 결과을 알려 주지 않았다.',
    negation: '의사는 환자에게 검사 결과를 알려 주었다.',
    entity: '의사는 간호사에게 검사 결과를 알려 주지 않았다.',
    roles: '환자는 의사에게 검사 결과를 알려 주지 않았다.',
  },
  {
    source: 'The dog chased the cat across the garden for two hours.',
    reference: '개는 두 시간 동안 정원에서 고양이를 쫓아다녔다.',
    order: '정원에서 개는 두 시간 동안 고양이를 쫓아다녔다.',
    synonyms: '강아지는 2시간 내내 뜰에서 고양이를 뒤쫓았다.',
    politeness: '개는 두 시간 동안 정원에서 고양이를 쫓아다녔습니다.',
    spacing: '개는 두시간동안 정원에서 고양이를 쫓아다녔다.',
    particles: '개은 두 시간 동안 정원에서 고양이을 쫓아다녔다.',
    negation: '개는 두 시간 동안 정원에서 고양이를 쫓아다니지 않았다.',
    entity: '개는 두 시간 동안 정원에서 토끼를 쫓아다녔다.',
    roles: '고양이는 두 시간 동안 정원에서 개를 쫓아다녔다.',
  },
];

const PADDING = '이것은 매우 중요한 사항이므로 반드시 확인해야 한다.';

function outputFor(phenomenon: Phenomenon, index: number): string {
  const sentence = sentences[index]!;
  const words = sentence.reference.split(' ');
  switch (phenomenon) {
    case 'repetition':
      return [...words, ...words.slice(-2), ...words.slice(-2)].join(' ');
    case 'padding':
      return `${sentence.reference} ${PADDING}`;
    case 'half':
      return words.slice(0, Math.ceil(words.length / 2)).join(' ');
    case 'backwards':
      return words.toReversed().join(' ');
    case 'unrelated':
      return sentences[(index + 1) % sentences.length]!.reference;
    case 'source':
      return sentence.source;
    case 'empty':
      return '';
    default:
      return sentence[phenomenon];
  }
}

/** Every sentence in every way. */
export const constructed: readonly Constructed[] = sentences.flatMap(({ reference }, sentence) =>
  (Object.keys(phenomena) as Phenomenon[]).map((phenomenon) => ({
    sentence,
    phenomenon,
    reference,
    output: outputFor(phenomenon, sentence),
  })),
);
