import type { HeadEdit } from '../../lib/heads.ts';
import type { ExploreMessages } from './messages.ts';

const editName = (edit: HeadEdit['edit']): string =>
  edit === 'average' ? '평균' : edit === 0 ? '꺼짐' : `× ${edit}`;
const head = (layer: number, index: number): string => `레이어 ${layer} · 헤드 ${index}`;

export const ko: ExploreMessages = {
  tagline: '문장을 입력하면 모든 헤드의 어텐션을 볼 수 있습니다.',
  sentence: {
    heading: '문장',
    label: '문장 쓰기',
    placeholder: '아무 문장이나 써 보세요 …',
    examples: '예문',
    failed: '모델이 이 문장을 처리하지 못했습니다.',
    other: '둘째 글',
    addOther: '둘째 글과 비교하기',
    removeOther: '둘째 글 지우기',
    koreanNote:
      '이 모델은 영어로만 학습했습니다. 토크나이저가 한글을 낱자로 나누고 어휘에 없는 단어는 [UNK]로 바꾸므로, 모델은 한국어를 이해하지 못합니다. 지도와 코사인은 모르는 입력을 처리한 결과입니다.',
    scriptNote:
      '이 모델은 영어로만 학습했고, 다른 문자의 글자는 거의 모릅니다. 이 글을 이해하지 못하며, 결과는 모르는 입력을 처리한 것입니다.',
    unread: (read, total) => `모델은 토큰 ${total}개 중 처음 ${read}개만 읽습니다. 읽지 않은 부분:`,
    ran: (tokens, time, backend) => `토큰 ${tokens}개 · 한 번 계산하는 데 ${time} · ${backend}`,
  },
  files: {
    open: '파일 열기 …',
    opening: '여는 중 …',
    hint: '또는 여기에 내 모델을 끌어 놓으세요: config.json, tokenizer.json, .safetensors 파일이나 .gguf 파일',
    drop: '모델 파일을 놓으세요',
    note: '이 파일은 컴퓨터 밖으로 나가지 않으며, 링크로 공유할 수 없습니다.',
    failed: '이 파일들을 모델로 열 수 없습니다.',
    detail: '자세한 내용',
    causes: {
      missing:
        '빠진 파일이 있습니다. config.json, tokenizer.json, .safetensors 파일을 한꺼번에 열거나 .gguf 파일 하나를 열어 주세요.',
      damaged: '파일이 손상되었거나, 이름과 다른 파일입니다.',
      unsupported: '지원하지 않는 종류의 모델이거나, 지원하지 않는 설정이 있습니다.',
      memory: '이 기기에는 모델을 올릴 메모리가 모자랍니다. 양자화된 .gguf 파일은 메모리를 덜 씁니다.',
      other: '아래에 무슨 일이 있었는지 나와 있습니다.',
    },
  },
  tokens: {
    label: '토큰',
    hint: '토큰을 누르면 그 토큰이 주목하는 곳이 표시됩니다.',
    row: (label, parts) => `${label}: ${parts}`,
    others: (count, limit) => `, 나머지 ${count}개는 각각 ${limit} 이하`,
  },
  models: {
    label: '모델',
    encoder: '인코더',
    causalLM: '디코더',
    seq2seqLM: '인코더–디코더',
    trained: '‘학습시키기’에서 학습한 모델',
    trainedNote:
      '이 페이지에서 학습한 모델이라 파일이 없습니다. 페이지를 새로 열면 사라지며, ‘학습시키기’에서 다시 만들 수 있습니다. 학습한 문장에 나온 글자나 단어만 압니다.',
  },
  labels: {
    filter: '헤드 고르기',
    all: '모든 헤드',
    explain: '네모 하나가 헤드 하나입니다. 행은 쿼리 토큰, 열은 키 토큰입니다.',
    names: {
      previous: '바로 앞을 보는 헤드',
      next: '바로 뒤를 보는 헤드',
      self: '자기 자신을 보는 헤드',
      sink: '쉬는 헤드',
      broad: '고루 보는 헤드',
      content: '골라 보는 헤드',
    },
    meanings: {
      previous: '이 글에서 가중치의 40 % 이상이 바로 앞 토큰으로 갑니다.',
      next: '이 글에서 가중치의 40 % 이상이 바로 뒤 토큰으로 갑니다.',
      self: '이 글에서 가중치의 40 % 이상이 자기 자신에게 머뭅니다.',
      sink: '이 글에서 가중치의 40 % 이상이 첫 토큰이나 토크나이저가 덧붙인 토큰([CLS], [SEP] 등)에 놓입니다. 이 헤드에서 찾을 것이 없는 토큰이 시선을 두는 곳입니다.',
      broad: '이 글에서 가중치가 거의 고르게 퍼져 있습니다. 엔트로피가 고른 분포의 85 % 이상입니다.',
      content: '이 글에서 가중치가 정해진 자리가 아니라 특정한 토큰으로 갑니다.',
    },
    although: (query, key, share) =>
      `다른 토큰은 대부분 쉬지만, ‘${query}’의 가중치 가운데 ${share}는 ‘${key}’로 갑니다.`,
    heads: (count) => `이 글에서 헤드 ${count}개`,
    fadeSinks: (count) => `쉬는 헤드 ${count}개 흐리게`,
  },
  sorts: {
    label: '순서',
    place: '레이어 순',
    kind: '보는 곳에 따라',
    effect: '영향이 큰 순',
    change: '변화가 큰 순',
  },
  grids: { label: '격자', a: '첫째 글', b: '둘째 글', difference: '차이' },
  difference: {
    explain: (places) =>
      `두 글에 모두 있는 자리 ${places}곳에서 둘째 글의 값에서 첫째 글의 값을 뺐습니다. 초록은 가중치가 늘어난 곳, 주황은 줄어든 곳이고, 막대는 헤드의 가중치 가운데 옮겨 간 비율입니다.`,
    cell: (share) => `가중치의 ${share}가 옮겨 감`,
  },
  grid: {
    heading: '모든 헤드',
    explain: '네모 하나가 헤드 하나입니다. 행은 쿼리 토큰, 열은 키 토큰입니다.',
    label: '모든 레이어와 헤드의 어텐션',
    layer: '레이어',
    head: '헤드',
    cell: (layer, index, edit) => `${head(layer, index)}${edit === 1 ? '' : `, ${editName(edit)}`}`,
  },
  view: {
    scope: '보기',
    oneHead: '이 헤드',
    layerMean: '레이어 평균',
    unit: '행과 열의 단위',
    tokens: '토큰',
    words: '어절',
    wordsNote:
      '어절은 띄어쓰기로 나눈 단위입니다. 어절로 향하는 가중치는 그 토큰들의 합이고, 어절에서 나가는 가중치는 토큰들의 평균입니다.',
    hideSpecial: (names) => `${names.join(', ') || '덧붙은 토큰'} 숨기기`,
    hiddenNote:
      '많은 헤드가 가중치의 대부분을 토크나이저가 덧붙인 토큰에 둡니다. 여기서는 그 토큰을 숨기고, 각 행의 합이 1이 되도록 다시 맞췄습니다.',
    linesLabel: '각 토큰에서 그 토큰이 주목하는 토큰으로 이은 선',
    from: '쿼리',
    to: '키',
    mapLabel: '어텐션 지도. 화살표 키로 칸을 옮길 수 있습니다',
    readoutEmpty: '지도를 누르거나 가리키면 값이 표시됩니다.',
    scale: '어텐션 가중치',
    headTitle: head,
    meanTitle: (layer) => `레이어 ${layer} · 모든 헤드의 평균`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: ${weight} (다시 맞춘 값)`,
  },
  edits: {
    change: '이 헤드 바꾸기',
    scale: '출력',
    silence: '이 헤드 끄기',
    average: '레이어 평균 쓰기',
    restore: '이 헤드 되돌리기',
    factor: (factor) => `× ${factor}`,
    name: ({ layer, head: index, edit }) => `L${layer} H${index} ${editName(edit)}`,
    restoreAll: '모두 되돌리기',
    heading: '바꾼 헤드',
    explain:
      '배수는 헤드의 출력에 곱하는 수이고, 꺼진 헤드의 출력은 0이 됩니다. 레이어 평균을 쓰면 같은 레이어의 헤드들이 평균적으로 보는 곳을 봅니다. 어느 쪽이든 뒤쪽 모든 레이어의 입력이 달라집니다.',
    keys: '격자에서 S 키나 Shift+클릭은 헤드를 끄고, [ 와 ] 키는 출력을 줄이고 키웁니다.',
    effect: (cosine, degrees) =>
      `문장 임베딩이 ${degrees} 회전했습니다. 전체 모델의 임베딩과의 코사인은 ${cosine}입니다.`,
    shift: (share) => `다음 토큰의 확률 가운데 ${share}가 다른 토큰으로 옮겨 갔습니다.`,
    remove: (name) => `${name}: 되돌리기`,
  },
  effects: {
    measure: '어느 헤드가 중요할까요? 하나씩 꺼 보기',
    measuring: '하나씩 꺼 보는 중 …',
    resume: '중단됨: 남은 헤드도 꺼 보기',
    explain: '헤드 아래 막대는 그 헤드가 없을 때 문장 임베딩이 회전하는 각도입니다.',
    strongest: '영향이 가장 큰 헤드',
    relativeToModel: '바꾸지 않은 모델과 비교한 값입니다.',
    relativeToEdits: (count) =>
      `바꾸지 않은 모델이 아니라, 위에서 헤드 ${count}개를 바꾼 모델과 비교한 값입니다.`,
    explainShift: '헤드 아래 막대는 그 헤드가 없을 때 다음 토큰의 확률이 얼마나 옮겨 가는지를 나타냅니다.',
    cell: (causal, size) =>
      causal ? `끄면 다음 토큰 확률의 ${size}가 옮겨 감` : `끄면 임베딩이 ${size} 회전`,
  },
  lens: {
    heading: '레이어마다 다음에 올 토큰',
    explain:
      '로짓 렌즈입니다. 각 레이어를 지난 값을, 그 레이어가 마지막인 것처럼 읽었습니다. 색이 진할수록 확률이 높고, 맨 윗줄이 모델의 실제 예측입니다.',
    after: '토큰 다음',
    last: (count) => `마지막 토큰 ${count}개만 보여 줍니다.`,
    layer: (layer) => `레이어 ${layer}`,
  },
  zoom: {
    label: '크기',
    closer: '확대',
    farther: '축소',
    whole: '전체 보기',
    hint: '지도를 누르면 값이 표시됩니다. 두 손가락으로 벌리거나, 지도를 누르고 휠이나 + 키를 쓰면 커집니다.',
    shown: (span, size) =>
      span < size
        ? `${size} × ${size}칸 가운데 ${span} × ${span}칸`
        : `${size} × ${size}칸. 여러 칸을 덮는 화소는 평균값을 보여 줍니다`,
  },
  panels: {
    heading: '더 깊이 보기',
    failed: '페이지의 이 부분을 불러오지 못했습니다.',
    names: { stream: '레이어별 벡터', patch: '둘째 글에서 옮겨 넣기' },
  },
  export: { label: '이 지도 저장', grid: '모든 헤드 저장' },
  why: {
    ask: '이 숫자는 어디서 왔나요?',
    title: '이 숫자가 나온 과정',
    close: '닫기',
    path: '단계',
    token: '키',
    score: '점수',
    weight: '가중치',
    stream: '스트림',
    number: '번호',
    bias: '편향',
    writer: '쓴 곳',
    norm: '길이',
    whyStream: 'x는 누가 썼나요?',
    noProjection:
      '이 모델의 쿼리는 정규화한 스트림에서 계산한 뒤 위치에 따라 회전시킨 것이라서, x만의 곱으로 나눌 수 없습니다.',
    writers: {
      embeddings: () => '임베딩',
      head: (layer, index) => `레이어 ${layer}, 헤드 ${index}`,
      feedForward: (layer) => `레이어 ${layer}, 피드포워드`,
    },
    heading: (query, key, layer, index) => `${query} → ${key} (레이어 ${layer}, 헤드 ${index})`,
    weightIs: (query) =>
      `‘${query}’의 가중치는 점수의 소프트맥스입니다. exp(점수)를 모든 키의 exp(점수) 합으로 나눕니다.`,
    softmax: (weight, score) => `${weight} = exp(${score}) ÷ 모든 점수의 exp를 더한 값`,
    others: (count, share) => `나머지 키 ${count}개가 ${share}를 나눠 가집니다.`,
    whyScore: (score) => `점수는 왜 ${score}인가요?`,
    scoreIs: (score, dot, size) => `${score} = q · k ÷ √${size} = ${dot} ÷ √${size}`,
    productsNote: (query, key) =>
      `q는 ‘${query}’의 쿼리, k는 ‘${key}’의 키입니다. 두 벡터의 수끼리 곱한 값을 큰 것부터 늘어놓았습니다.`,
    whyQuery: (feature) => `쿼리의 ${feature}번 수는 어디서 왔나요?`,
    queryIs: (feature, value, query) =>
      `쿼리의 ${feature}번 수는 ${value}입니다. 이 레이어에 들어온 ‘${query}’의 스트림 x에 W의 한 행을 곱하고 편향을 더한 값입니다. 가장 큰 곱 8개는 다음과 같습니다.`,
    rest: (count) => `나머지 ${count}개`,
    streamIs: (query, layer) =>
      `레이어 ${layer}에 들어온 ‘${query}’의 스트림은 임베딩과 앞선 레이어들의 헤드, 피드포워드가 쓴 것입니다. 각각이 더한 벡터의 길이입니다.`,
    moreWriters: (count) => `이 밖에 ${count}개`,
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
    runs: (model) =>
      `모델(${model})은 이 페이지의 웹 워커에서 Headwise의 WebAssembly 커널(wasm-simd나 wasm-relaxed-simd)로 실행됩니다. 입력한 글은 컴퓨터 밖으로 나가지 않습니다.`,
    points: [
      '헤드는 각 토큰의 주목을 모든 토큰에 나눕니다. 지도의 각 행은 합이 1이고, 색이 진할수록 가중치가 큽니다.',
      '어텐션 가중치는 헤드가 어느 토큰을 읽는지 보여 줄 뿐, 모델이 왜 그런 결과를 내는지는 설명하지 않습니다. 헤드를 꺼 보면 그 헤드가 결과에 주는 영향을 잴 수 있습니다.',
    ],
  },
};
