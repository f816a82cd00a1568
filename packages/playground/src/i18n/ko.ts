import type { Messages } from './messages.ts';

const head = (layer: number, index: number): string => `레이어 ${layer} · 헤드 ${index}`;

export const ko: Messages = {
  title: 'Headwise · 어텐션 헤드 들여다보기',
  tagline: '문장을 쓰면 어텐션 헤드 72개가 저마다 어디를 보는지 보입니다.',
  skipToAttention: '어텐션 지도로 건너뛰기',
  language: { label: '언어', en: 'English', ko: '한국어' },
  theme: { toDark: '어두운 화면', toLight: '밝은 화면' },
  load: {
    loading: 'all-MiniLM-L6-v2를 불러오는 중',
    fromCache: '지난번에 받아 둔 파일',
    starting: '엔진을 시작하는 중 …',
    failed: '모델을 불러오지 못했습니다.',
    failedHelp: '이 페이지의 서버에 연결되어 있는지 확인하고 다시 시도해 주세요.',
    retry: '다시 시도',
    progress: (loaded, total) => (total === undefined ? loaded : `${total} 중 ${loaded}`),
  },
  sentence: {
    heading: '문장',
    label: '문장 쓰기',
    placeholder: '아무 문장이나 써 보세요 …',
    examples: '예문',
    failed: '이 문장을 읽지 못했습니다.',
    koreanNote:
      '이 모델은 영어만 배웠습니다. 한글은 낱자로 쪼개고, 그마저 안 되는 말은 [UNK]로 바꿉니다. 한국어를 이해하는 것이 아니라, 모르는 말을 읽어 보려 애쓰는 모습입니다.',
    ran: (tokens, time, backend) => `토큰 ${tokens}개 · 순전파 한 번에 ${time} · ${backend}`,
  },
  tokens: {
    label: '토큰',
    hint: '토큰을 가리키면 그 토큰이 어디를 보는지 나타나고, 누르면 고정됩니다.',
  },
  grid: {
    heading: '모든 헤드',
    explain: '네모 하나가 헤드 하나입니다. 행은 보는 단어, 열은 보이는 단어입니다.',
    label: '모든 레이어와 헤드의 어텐션',
    layer: '레이어',
    head: '헤드',
    cell: (layer, index, silenced) => `${head(layer, index)}${silenced ? ', 꺼짐' : ''}`,
  },
  view: {
    scope: '무엇을 볼지',
    oneHead: '이 헤드',
    layerMean: '레이어 평균',
    leaveOut: '[CLS]와 [SEP] 빼고 보기',
    leftOutNote:
      '볼 것이 없는 헤드는 [CLS]와 [SEP]에 머무릅니다. 둘을 빼고, 남은 행의 합이 1이 되도록 맞췄습니다.',
    linesLabel: '토큰마다 주목하는 토큰으로 이은 선',
    from: '보는 토큰',
    to: '보이는 토큰',
    mapLabel: '어텐션 지도. 화살표 키로 살펴볼 수 있습니다',
    readoutEmpty: '지도를 가리키면 값이 나옵니다.',
    scale: '어텐션 가중치',
    headTitle: head,
    meanTitle: (layer) => `레이어 ${layer} · 헤드 평균`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: 남은 몫의 ${weight}`,
  },
  silence: {
    silence: '이 헤드 끄기',
    restore: '이 헤드 켜기',
    restoreAll: '모두 켜기',
    heading: '끈 헤드',
    explain: '꺼진 헤드는 아무것도 넘기지 않습니다. 그 차이는 뒤쪽 레이어에서 드러납니다.',
    effect: (cosine, degrees) =>
      `문장 임베딩이 ${degrees} 돌아갔습니다. 원래 임베딩과의 코사인은 ${cosine}입니다.`,
    remove: (layer, index) => `레이어 ${layer}, 헤드 ${index} 다시 켜기`,
  },
  effects: {
    measure: '어느 헤드가 중요할까요? 하나씩 꺼 보기',
    measuring: '하나씩 꺼 보는 중 …',
    explain: '헤드 아래 막대는 그 헤드가 없을 때 문장 임베딩이 돌아가는 각도입니다.',
    strongest: '빈자리가 가장 큰 헤드',
    cell: (degrees) => `끄면 임베딩이 ${degrees} 돌아감`,
  },
  compare: {
    heading: '두 문장',
    explain: '문장마다 길이 1인 벡터가 됩니다. 두 벡터가 벌어진 각도만큼 모델은 두 문장을 멀게 봅니다.',
    first: '첫째 문장',
    second: '둘째 문장',
    pairs: '예문 짝',
    cosine: '코사인',
    closeness: {
      same: '거의 같은 뜻',
      near: '가까운 뜻',
      loose: '느슨하게 이어진 뜻',
      apart: '공통점이 적음',
    },
    shares: '서로 맞는 곳',
    sharesNote: '두 벡터를 숫자끼리 곱한 값입니다. 모두 더하면 코사인이 됩니다.',
    failed: '두 문장을 비교하지 못했습니다.',
    gauge: (cosine, degrees) => `코사인 유사도 ${cosine}, 각도 ${degrees}`,
    strip: (which, dimensions) => `${which}: 숫자 ${dimensions}개를 색으로 나타낸 것`,
  },
  about: {
    heading: '지금 보고 있는 것',
    points: [
      'all-MiniLM-L6-v2의 실제 가중치(레이어 6개, 헤드 12개씩)를 이 페이지의 워커에서, Headwise가 직접 만든 WebAssembly 커널로 돌립니다. 쓴 글은 컴퓨터 밖으로 나가지 않습니다.',
      '헤드는 단어마다 모든 단어에 주목을 나눠 줍니다. 지도의 한 행을 더하면 1이고, 색이 진할수록 몫이 큽니다.',
      '어텐션은 헤드가 어디를 읽는지 보여 줄 뿐, 모델이 왜 그렇게 판단했는지는 말해 주지 않습니다. 헤드를 꺼 보면 그 헤드가 중요했는지 알 수 있습니다.',
    ],
  },
};
