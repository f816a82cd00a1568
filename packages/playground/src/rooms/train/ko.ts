import type { TrainMessages } from './messages.ts';

const number = (value: number): string => value.toLocaleString('ko');

export const ko: TrainMessages = {
  tagline: '이 페이지 안에서 작은 모델을 학습시키고, 어텐션이 생겨나는 모습을 지켜보세요.',
  experiments: {
    label: '무엇을 학습시킬까요',
    of: {
      'dates-attention': {
        name: '날짜, 어텐션',
        about: '순환 신경망이 영어 날짜를 한국어로 옮깁니다. 단어를 쓸 때마다 읽은 것을 모두 돌아봅니다.',
      },
      'dates-fixed': {
        name: '날짜, 벡터 하나',
        about: '같은 모델이지만, 읽은 것이 모두 벡터 하나에 들어가야 합니다.',
      },
      'dates-transformer': {
        name: '날짜, 트랜스포머',
        about: '순환 없이 어텐션만 씁니다. 읽는 블록 둘, 쓰는 블록 둘입니다.',
      },
      sentences: {
        name: '문장 번역',
        about: '어텐션이 있는 순환 신경망이 짧은 영어 문장을 한국어로 옮깁니다.',
      },
      characters: {
        name: '글자 쓰기',
        about: 'GPT 같은 디코더가 두 언어의 문장을 한 글자씩 이어 씁니다.',
      },
    },
  },
  data: {
    heading: '무엇을 읽나',
    source: '영어',
    target: '한국어',
    text: '문장',
    counts: (examples, heldOut) =>
      `예문 ${number(examples)}개 가운데 처음 몇 개입니다. 정확도는 여기에 없는 ${heldOut}개로 잽니다.`,
  },
  settings: {
    heading: '설정',
    rate: '학습률',
    width: '너비',
    heads: '헤드',
    cell: '셀',
    cells: { gru: 'GRU', lstm: 'LSTM' },
    seed: '시드',
    reseed: '다른 시드',
    explain: '설정을 바꾸면 새로 시작합니다. 바로 앞에서 학습한 곡선은 비교할 수 있게 남습니다.',
    rateHint: {
      recurrent:
        '학습률 1은 지나치게 큽니다. 이 셀들은 숫자를 늘 −1과 1 사이에 두기 때문에, 그래도 손실은 숫자로 남습니다.',
      transformer:
        '학습률 1000은 터무니없이 큽니다. 몇 단계 만에 그래디언트가 숫자가 아니게 되고, 1e+20이면 손실이 NaN이 됩니다.',
      decoder: '학습률 1은 지나치게 크고 1e+20은 터무니없습니다. 몇 번째 단계, 어디에서 끝나는지 보세요.',
    },
  },
  facts: {
    parameters: '파라미터',
    vocabulary: '어휘',
    batch: '한 단계',
    expected: '이 기기에서 예상',
    tokens: (count) => `토큰 ${number(count)}개`,
    texts: (count) => `글 ${count}개`,
    steps: (count) => `${number(count)}단계`,
    seconds: (seconds) =>
      seconds < 90 ? `약 ${Math.max(1, Math.round(seconds))}초` : `약 ${Math.round(seconds / 60)}분`,
  },
  actions: {
    section: '학습',
    start: '시작',
    goOn: '계속',
    pause: '일시 정지',
    step: '한 단계',
    stop: '그만두기',
    again: '처음부터',
    failed: '학습하지 못했습니다.',
  },
  progress: {
    label: '마친 단계',
    step: '단계',
    loss: '이 단계의 손실',
    left: '남은 시간',
    phase: (phase, step) =>
      ({
        opening: '데이터와 모델을 만드는 중 …',
        ready: '준비되었습니다.',
        running: '학습하는 중입니다. 다른 방으로 가면 잠시 멈춥니다.',
        pausing: '이 단계를 마치고 멈춥니다 …',
        paused: `${number(step)}단계를 마치고 멈춰 있습니다.`,
        stopped: `${number(step)}단계에서 그만두었습니다.`,
        completed: `${number(step)}단계를 모두 마쳤습니다.`,
        notFinite: '',
      })[phase],
    away: (step) => `${number(step)}단계를 마쳤을 때 방을 나가셔서 멈춰 두었습니다. 이제 이어서 학습합니다.`,
    of: (step, all) => `${number(all)} 중 ${number(step)}`,
  },
  notFinite: {
    heading: (step) => `${number(step)}번째 단계에서 멈췄습니다.`,
    loss: (loss) => `이 단계의 손실은 ${loss}입니다.`,
    activation: '결과가 유한한 숫자가 아닌 첫 번째 레이어:',
    parameter: '값이나 그래디언트가 유한한 숫자가 아닌 첫 번째 파라미터:',
    gradient: '그래디언트 전체의 크기가 32비트 숫자를 넘었습니다. 어느 한 파라미터 때문은 아닙니다.',
    kept: (step) => `마지막으로 살펴본 모델(${number(step)}단계)은 남아 있습니다.`,
    lesson: '한 걸음이 너무 길어서 더 나은 자리를 모두 지나쳤습니다. 학습률을 줄여 보세요.',
  },
  curves: {
    heading: '얼마나 배웠나',
    loss: '손실',
    accuracy: { translation: '하나도 틀리지 않은 번역', continuation: '맞힌 다음 글자' },
    length: { translation: '읽을 토큰 수', continuation: '앞서 읽은 글자 수' },
    steps: '단계',
    nats: '토큰당 내트(nat)',
    now: '이번 학습',
    before: '지난 학습',
    empty: '첫 단계부터 곡선이 그려집니다.',
    run: (name, parts) => `${name}: ${parts.join(', ')}`,
    part: {
      rate: (rate) => `학습률 ${rate}`,
      width: (width) => `너비 ${width}`,
      heads: (heads) => `헤드 ${heads}개`,
      seed: (seed) => `시드 ${seed}`,
    },
    describeLoss: (run, first, last, step) =>
      `${run}의 손실: 첫 단계 ${first}, ${number(step)}번째 단계 ${last}.`,
    describeAccuracy: (run, step, bins) => `${run}, ${number(step)}단계 뒤 길이별 정답률: ${bins}.`,
    bin: (from, to, share) => `${from === to ? from : `${from}~${to}`}: ${share}`,
  },
  look: {
    heading: '무엇을 하나',
    at: (step) => `${number(step)}단계 뒤`,
    loss: (loss) => `지난번에 살펴본 뒤의 평균 손실 ${loss}`,
    score: (right, count) => `${number(count)}개 중 ${number(right)}개 맞음`,
    samples: { translation: '학습에 쓰지 않은 글 세 개', continuation: '이어 쓸 첫머리 세 개' },
    writes: '모델의 답',
    right: '정답',
    correct: '맞음',
    wrong: '틀림',
    nothing: '없음',
    alignment: { translation: '어디를 보나', continuation: '글자마다 어디를 보나' },
    explain: {
      translation: '행은 올바른 번역의 단어, 열은 읽은 단어입니다. 색이 진할수록 많이 봅니다.',
      continuation: '행은 보는 글자, 열은 그 앞의 글자와 자기 자신입니다. 마지막 블록의 헤드 평균입니다.',
    },
    fixed: '이 모델에는 어텐션이 없습니다. 벡터 하나만 있을 뿐, 돌아볼 곳이 없습니다.',
    reads: (row, column, weight) => `${row}: ${column} ${weight}`,
    scrub: '학습의 순간',
    scrubbed: (step) => `${number(step)}단계 뒤`,
    latest: '마지막',
    waiting: '첫 단계 전에 무엇을 하는지 곧 보여 드려요.',
  },
  trained: {
    heading: '학습한 모델',
    explain: (step) =>
      `${number(step)}단계를 학습한 32비트 모델입니다. 네 파일을 한 폴더에 두면 @headwise/core의 loadModel이 읽습니다.`,
    download: (name) => `${name} 저장`,
    explore: '살펴보기에서 열기',
    noExplore: {
      attention:
        '‘살펴보기’는 트랜스포머의 어텐션 헤드를 보여 줍니다. 이 모델은 순환 신경망이며, 어텐션은 위 그림에서 볼 수 있습니다.',
      vector: '‘살펴보기’는 어텐션을 보여 주는데, 이 모델에는 어텐션이 없습니다.',
    },
  },
  about: {
    heading: '여기서 일어나는 일',
    points: [
      '모델을 실행하는 엔진이 학습도 이 기기에서 합니다. 데이터는 페이지 밖으로 나가지 않습니다.',
      '설정이 같으면 숫자도 마지막 비트까지 같습니다. 설정은 주소에 들어 있습니다.',
      'AdamW를 쓰고, 학습률은 일정합니다. 그래디언트(기울어진 정도)의 크기가 1보다 크면 1로 줄입니다. 따로 다듬지 않았습니다. 다른 방의 모델은 더 오래 학습했습니다.',
      '손실은 모델의 답이 정답과 얼마나 다른지 잽니다. 정답 토큰에 준 확률의 자연로그에 −1을 곱해 평균한 것이고, 단위는 내트(nat)입니다. 늘 확률 100 %를 주면 0, 50 %를 주면 0.69입니다.',
      '학습하는 동안 모델을 40번 살펴봅니다. 막대를 움직이면 그때로 돌아갑니다.',
    ],
  },
};
