import type { ExploreMessages } from './messages.ts';

const head = (layer: number, index: number): string => `레이어 ${layer} · 헤드 ${index}`;

export const ko: ExploreMessages = {
  tagline: '문장을 입력하면 헤드 72개의 어텐션을 모두 볼 수 있습니다.',
  sentence: {
    heading: '문장',
    label: '문장 쓰기',
    placeholder: '아무 문장이나 써 보세요 …',
    examples: '예문',
    failed: '모델이 이 문장을 처리하지 못했습니다.',
    koreanNote:
      '이 모델은 영어로만 학습했습니다. 토크나이저가 한글을 낱자로 나누고 어휘에 없는 단어는 [UNK]로 바꾸므로, 모델은 한국어를 이해하지 못합니다. 지도와 코사인은 모르는 입력을 처리한 결과입니다.',
    scriptNote:
      '이 모델은 영어로만 학습했고, 다른 문자의 글자는 거의 모릅니다. 이 글을 이해하지 못하며, 결과는 모르는 입력을 처리한 것입니다.',
    unread: (read, total) => `모델은 토큰 ${total}개 중 처음 ${read}개만 읽습니다. 읽지 않은 부분:`,
    ran: (tokens, time, backend) => `토큰 ${tokens}개 · 순전파 한 번에 ${time} · ${backend}`,
  },
  tokens: {
    label: '토큰',
    hint: '토큰을 가리키면 그 토큰이 주목하는 곳이 표시되고, 누르면 고정됩니다.',
  },
  grid: {
    heading: '모든 헤드',
    explain: '네모 하나가 헤드 하나입니다. 행은 쿼리 토큰, 열은 키 토큰입니다.',
    label: '모든 레이어와 헤드의 어텐션',
    layer: '레이어',
    head: '헤드',
    cell: (layer, index, silenced) => `${head(layer, index)}${silenced ? ', 꺼짐' : ''}`,
  },
  view: {
    scope: '보기',
    oneHead: '이 헤드',
    layerMean: '레이어 평균',
    hideSpecial: '[CLS]와 [SEP] 숨기기',
    hiddenNote:
      '많은 헤드가 가중치의 대부분을 [CLS]와 [SEP]에 둡니다. 여기서는 둘을 숨기고, 각 행의 합이 1이 되도록 다시 맞췄습니다.',
    linesLabel: '각 토큰에서 그 토큰이 주목하는 토큰으로 이은 선',
    from: '쿼리',
    to: '키',
    mapLabel: '어텐션 지도. 화살표 키로 칸을 옮길 수 있습니다',
    readoutEmpty: '지도를 가리키면 값이 표시됩니다.',
    scale: '어텐션 가중치',
    headTitle: head,
    meanTitle: (layer) => `레이어 ${layer} · 모든 헤드의 평균`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: ${weight} (다시 맞춘 값)`,
  },
  silence: {
    silence: '이 헤드 끄기',
    restore: '이 헤드 켜기',
    restoreAll: '모두 켜기',
    heading: '끈 헤드',
    explain: '꺼진 헤드의 출력은 0이 되고, 뒤쪽 모든 레이어의 입력이 달라집니다.',
    effect: (cosine, degrees) =>
      `문장 임베딩이 ${degrees} 회전했습니다. 전체 모델의 임베딩과의 코사인은 ${cosine}입니다.`,
    remove: (layer, index) => `레이어 ${layer}, 헤드 ${index} 다시 켜기`,
  },
  effects: {
    measure: '어느 헤드가 중요할까요? 하나씩 꺼 보기',
    measuring: '하나씩 꺼 보는 중 …',
    resume: '중단됨: 남은 헤드도 꺼 보기',
    explain: '헤드 아래 막대는 그 헤드가 없을 때 문장 임베딩이 회전하는 각도입니다.',
    strongest: '영향이 가장 큰 헤드',
    cell: (degrees) => `끄면 임베딩이 ${degrees} 회전`,
  },
  compare: {
    heading: '두 문장 비교',
    explain:
      '각 문장은 길이가 1인 벡터가 됩니다. 두 벡터 사이의 각도가 작을수록 모델은 두 문장을 비슷하다고 봅니다.',
    first: '첫째 문장',
    second: '둘째 문장',
    pairs: '예문 짝',
    cosine: '코사인',
    similarityLevel: {
      same: '거의 같은 뜻',
      near: '가까운 뜻',
      loose: '느슨하게 이어진 뜻',
      apart: '공통점이 적음',
    },
    notJudged: '이 모델이 읽을 수 없는 글',
    products: '원소별 곱',
    productsNote: '두 벡터를 원소끼리 곱한 값입니다. 모두 더하면 코사인이 됩니다.',
    failed: '두 문장을 비교하지 못했습니다.',
    gauge: (cosine, degrees) => `코사인 유사도 ${cosine}, 각도 ${degrees}`,
    strip: (which, dimensions) => `${which}: 값 ${dimensions}개를 색으로 나타낸 것`,
  },
  about: {
    heading: '이 페이지에 대하여',
    points: [
      'all-MiniLM-L6-v2(레이어 6개, 레이어마다 헤드 12개)를 이 페이지의 웹 워커에서 Headwise의 WebAssembly 커널로 실행합니다. 입력한 글은 컴퓨터 밖으로 나가지 않습니다.',
      '헤드는 각 토큰의 주목을 모든 토큰에 나눕니다. 지도의 각 행은 합이 1이고, 색이 진할수록 가중치가 큽니다.',
      '어텐션 가중치는 헤드가 어느 토큰을 읽는지 보여 줄 뿐, 모델이 왜 그런 결과를 내는지는 설명하지 않습니다. 헤드를 꺼 보면 그 헤드가 임베딩에 주는 영향을 잴 수 있습니다.',
    ],
  },
};
