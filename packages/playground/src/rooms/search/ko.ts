import type { SearchMessages } from './messages.ts';
import { FIGURES } from './samples/questions.ts';

const number = (n: number): string => n.toLocaleString('ko');

export const ko: SearchMessages = {
  tagline: '글에 물어보세요. 가장 가까운 문장을 찾고, 점수가 무엇으로 이루어졌는지 보여 줍니다.',
  source: {
    heading: '찾을 글',
    label: '글 또는 마크다운',
    samples: { en: '우리가 쓴 요약, 영어', ko: '우리가 쓴 요약, 한국어' },
    choose: '예시 글',
    own: '여러분의 글도 됩니다. 아래에 붙여 넣거나 파일을 여세요. 파일을 여기에 끌어다 놓아도 됩니다.',
    open: '파일 열기…',
    drop: '파일을 여기에 놓으세요',
    local: '글은 이 기기에만 있습니다. 페이지가 여기에서 찾을 뿐, 어디로도 보내지 않습니다.',
    notShared: (name) =>
      name === undefined
        ? '이 글은 길어서 주소에 담기지 않습니다. 링크를 여는 사람은 그 자리에서 예시 글을 봅니다.'
        : `${name} 파일을 열었습니다. 주소에는 담기지 않습니다. 링크를 여는 사람은 그 자리에서 예시 글을 봅니다.`,
    reading: '읽는 중…',
    contents: (sections, passages) => `절 ${number(sections)}개, 문장 ${number(passages)}개.`,
    refused: {
      length: '글이 너무 깁니다. 백만 자까지 찾을 수 있습니다. 앞의 글이 그대로 열려 있습니다.',
      binary: '텍스트 파일이 아닙니다. 일반 텍스트나 마크다운 파일을 여세요.',
    },
  },
  query: {
    heading: '질문',
    label: '찾는 것',
    placeholder: '질문이나 단어 몇 개',
    examples: '예시 글에 답이 있는 질문',
    way: '견주는 방법',
    ways: { meaning: '뜻', letters: '글자' },
    explain: {
      meaning:
        'MiniLM이 문장마다 숫자 384개짜리 벡터를 만듭니다. 점수는 두 벡터의 코사인입니다. 영어에서만 됩니다.',
      letters:
        '모델을 쓰지 않습니다. 2~4글자 묶음 가운데 드문 것을 함께 가진 문장이 먼저 나옵니다. 어느 언어에서나 됩니다.',
    },
    offer: '뜻으로 견주려면 먼저 모델을 한 번 받아야 합니다. 그때까지는 글자로 찾은 결과를 보여 줍니다.',
    indexing: (done, total) => `문장 ${number(total)}개 가운데 ${number(done)}개의 벡터를 만들었습니다.`,
    indexed: (total) => `문장 ${number(total)}개의 벡터를 만들었습니다.`,
    cut: (passages) => `문장 ${number(passages)}개는 MiniLM이 읽을 수 있는 길이를 넘어 앞부분만 견줍니다.`,
    koreanQuery: 'MiniLM은 한국어를 배우지 않았으므로 이 질문은 글자로 견줍니다.',
    otherScript:
      'MiniLM은 이 문자를 배우지 않았습니다. 여기서는 점수에 별 뜻이 없으니 글자로 찾는 편이 낫습니다.',
  },
  results: {
    heading: '찾은 문장',
    meaning: '뜻으로',
    letters: '글자로',
    korean: '한국어 문장, 글자로',
    none: '글자가 겹치는 문장이 없습니다.',
    empty: '질문을 입력하세요.',
    waiting: '찾는 중…',
    beginning: '첫 제목 앞',
    why: '왜?',
    found: (n, first, score) => `문장 ${number(n)}개를 찾았습니다. 첫째: ${first} ${score}.`,
    score: (score) => `점수 ${score}`,
    failed: '찾지 못했습니다.',
  },
  guess: {
    start: '먼저 짐작하기',
    question: '이 가운데 어느 문장이 첫째일까요? 글에 나온 순서대로, 점수 없이 보여 줍니다.',
    right: (score) => `맞았습니다. 점수는 ${score}입니다.`,
    wrong: (first, score) => `아닙니다. “${first}”가 ${score}점으로 첫째입니다.`,
  },
  why: {
    letters: (score) => `${score} = 함께 가진 글자 묶음이 보태는 값의 합`,
    lettersNote:
      '묶음을 가진 문장이 적을수록 값이 큽니다. ␣는 단어의 끝입니다. 문장의 글자에는 보태는 값만큼 색을 입혔습니다.',
    rest: (n) => `나머지 묶음 ${number(n)}개`,
    meaning: (q, p, score) => `${score} = 토큰 쌍 ${q} × ${p}개의 합`,
    meaningNote:
      '글의 벡터는 토큰들의 마지막 벡터를 평균한 것입니다. 그래서 코사인은 모든 쌍의 합이 됩니다. 한 쌍의 값은 두 토큰 벡터의 곱을 양쪽 토큰 수와 양쪽 길이로 나눈 것입니다. 토큰은 저마다 문장 전체를 읽었으므로, 단어가 달라도 만날 수 있습니다.',
    query: '질문',
    passage: '문장',
    choose: '질문의 토큰을 고르면 문장의 토큰마다 함께 보태는 값이 나옵니다.',
    token: (text, part) => `${text} ${part}`,
    pairs: '가장 많이 보태는 쌍',
    restPairs: (n) => `나머지 쌍 ${number(n)}개`,
    sum: '합계',
    waiting: '점수를 나누는 중…',
  },
  about: {
    heading: '여기서 보이는 것과 보이지 않는 것',
    points: [
      `영어 요약을 두고 대부분 다른 말로 물은 질문 ${FIGURES.of}개 가운데 MiniLM은 ${FIGURES.en.minilm}개, 글자는 ${FIGURES.en.letters}개에서 답을 첫째로 찾습니다.`,
      `한국어를 뜻으로 찾는 모델 가운데 페이지에 실을 만한 것은 찾지 못했습니다. 우리가 만든 작은 모델 ko-student도 시험해 보았습니다. 한국어 요약에 물은 질문 ${FIGURES.of}개 가운데 ko-student는 ${FIGURES.ko['ko-student']}개, 글자는 ${FIGURES.ko.letters}개에서 답을 첫째로 찾습니다. 그래서 한국어는 글자로 찾습니다.`,
      '점수가 높다는 것은 두 글이 비슷하다는 뜻입니다. 그 문장이 질문의 답이라거나 참이라는 뜻은 아닙니다.',
      '뜻으로 매긴 점수와 글자로 매긴 점수는 서로 견줄 수 없습니다.',
    ],
  },
};
