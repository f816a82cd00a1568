import type { PanelMessages } from './messages.ts';

export const ko: PanelMessages = {
  layer: '레이어',
  head: '헤드',
  embeddings: '임베딩',
  failed: '계산하지 못했습니다.',
  stream: {
    heading: '레이어마다 토큰 벡터의 길이',
    explain:
      '잔차 스트림은 토큰마다 벡터를 하나씩 나르고, 레이어마다 값이 더해집니다. 숫자는 그 벡터의 길이이고, 가장 짧은 것이 가장 옅고 가장 긴 것이 가장 진합니다. 바꾼 헤드가 있으면 그 결과입니다.',
    wordsHeading: '두 글에서 같은 단어가 레이어마다 얼마나 비슷한지',
    wordsExplain:
      '첫째 글에 있는 단어의 벡터와 둘째 글에 있는 같은 단어의 벡터 사이의 코사인입니다(헤드를 바꾸지 않은 모델). 토큰이 여럿인 단어는 평균 벡터를 씁니다. 뜻이 달라지는 단어는 레이어를 지나며 멀어집니다. 디코더는 단어 앞에 있는 글만 읽습니다.',
    noWords: '두 글에 함께 나오는 단어가 없습니다.',
  },
  pair: {
    heading: '원문과 출력문',
    reading: '읽는 중 …',
    side: '어텐션',
    grid: '레이어마다의 헤드',
    sides: { encoder: '원문', decoder: '출력문', cross: '출력문 → 원문' },
    explains: {
      encoder: '인코더의 셀프 어텐션입니다. 원문의 토큰마다 앞뒤를 가리지 않고 원문 전체를 읽습니다.',
      decoder: '디코더의 셀프 어텐션입니다. 단계마다 이미 쓴 것만 읽습니다.',
      cross:
        '크로스 어텐션입니다. 단계마다 디코더가 묻고 인코더의 토큰이 답합니다. 번역하면서 원문을 다시 보는 곳입니다.',
    },
    axes: {
      encoder: '행은 읽는 토큰, 열은 읽히는 토큰입니다.',
      decoder: '행은 그 단계에서 쓰는 토큰, 열은 시작 토큰부터 지금까지 쓴 토큰입니다.',
      cross: '행은 그 단계에서 쓰는 출력문의 토큰, 열은 원문의 토큰입니다.',
    },
    before: '바꾸기 전:',
    moved: (share) =>
      `바꾸기 전의 출력문을 쓰는 단계마다, 확률 가운데 평균 ${share}가 다른 토큰으로 옮겨 갔습니다.`,
    explainRanking:
      '헤드 아래 막대는 그 헤드가 없을 때 다른 토큰으로 옮겨 가는 확률입니다. 출력문을 쓰는 단계마다 잰 값의 평균입니다.',
    without: (share) => `끄면 확률의 ${share}가 옮겨 감`,
    ran: (source, target, time, backend) =>
      `원문 토큰 ${source}개, 출력문 토큰 ${target}개 · 한 번 계산하는 데 ${time} · ${backend}`,
  },
  patch: {
    heading: '둘째 글의 활성값을 첫째 글에 넣어 보기',
    explain:
      '모델이 첫째 글을 읽는 동안 활성값 하나를 둘째 글의 것으로 바꿉니다. 숫자는 그때 출력이 둘째 글의 출력 쪽으로 얼마나 옮겨 갔는지를 나타냅니다. 0 %는 그대로, 100 %는 완전히 옮겨 간 것입니다. 두 글의 차이가 어디에 실려 있는지 알 수 있습니다.',
    explainPair:
      '인코더가 첫째 글을 읽는 동안 인코더의 활성값 하나를 둘째 글의 것으로 바꿉니다. 숫자는 두 출력문이 처음으로 달라지는 토큰에서 디코더가 둘째 글 쪽으로 얼마나 옮겨 갔는지를 나타냅니다. 0 %는 그대로, 100 %는 완전히 옮겨 간 것입니다.',
    sameOutput: '두 출력문이 같아서 잴 토큰이 없습니다.',
    what: '바꿀 것',
    kinds: {
      residual: '레이어를 지난 토큰의 스트림',
      feedForward: '토큰의 피드포워드 출력',
      heads: '헤드 (모든 토큰)',
      layerHeads: '열린 레이어의 헤드 (토큰 하나씩)',
    },
    same: '두 글이 같아서 바꿔 넣을 것이 없습니다.',
    start: '재기',
    stop: '멈추기',
    unchanged: '위에서 바꾼 헤드와 상관없이, 바꾸지 않은 모델에서 잰 값입니다.',
    needsOther: '첫째 글과 토큰 수가 같은 둘째 글이 있어야 합니다.',
    makeOther: '둘째 글 만들기',
    layerOf: (layer) => `레이어 ${layer}의 헤드`,
    unequal: (first, second) =>
      `토큰끼리 짝을 지을 수 있도록 두 글의 토큰 수가 같아야 합니다. 첫째 글은 ${first}개, 둘째 글은 ${second}개입니다.`,
    running: (done, total) => `${total}줄 가운데 ${done}줄을 쟀습니다 …`,
    resume: (done, total) => `${total}줄 가운데 ${done}줄까지 재고 중단됨: 이어서 재기`,
    largest: (share, place, isComplete) =>
      `${isComplete ? '가장 큰 값' : '지금까지 가장 큰 값'}: ${share} (${place})`,
    place: (row, column) => `${row}, ${column}`,
  },
};
