import type { GenerateMessages } from './messages.ts';

export const ko: GenerateMessages = {
  tagline:
    '언어 모델은 토큰을 하나씩 이어 씁니다. 여기서는 쓸 뻔했던 토큰까지 보고, 그 토큰으로 바꿔 쓰게 할 수 있습니다.',
  model: {
    label: '모델',
    writes: {
      'gpt-mini':
        '한국어와 영어를 한 글자씩 씁니다. 학습한 글이 프로그램 메시지와 이모지 이름이라 그런 글을 흉내 냅니다. 맞춤법은 대체로 맞지만 뜻은 잘 통하지 않습니다.',
      stories15m: '쉬운 영어로 동화를 씁니다. 토큰은 단어 조각입니다.',
    },
    suits: {
      both: '로마자로 쓴 글이네요. stories15M은 동화로, gpt-mini는 프로그램 메시지로 이어 씁니다.',
      'gpt-mini': '한국어 글이네요. 한국어를 학습한 모델은 gpt-mini뿐입니다.',
      none: '두 모델 모두 이 문자로 된 글을 학습하지 않았습니다.',
    },
    offer: '먼저 한 번 받아야 하는 모델입니다.',
    use: (name) => `${name} 사용`,
  },
  prompt: {
    section: '모델과 첫머리',
    label: '글의 첫머리',
    placeholder: '비워 두면 모델이 처음부터 씁니다',
    examples: '예',
    samples: {
      'gpt-mini': ['파일을 ', '설정을 ', '웃는 ', 'The file '],
      stories15m: ['Once upon a time', 'The little robot wanted', 'Lily found a key'],
    },
  },
  obstacle: {
    language: (name) =>
      `${name}: 이 문자로 된 글을 학습하지 않은 모델입니다. 이어 써도 아무 뜻이 없으므로 쓰지 않습니다.`,
    unknown: (name, parts) =>
      `${name}의 어휘에 없는 글자가 있습니다: ${parts}. 이 글자를 빼면 이어 쓸 수 있습니다.`,
    length: (tokens, limit) =>
      `이 글은 토큰 ${tokens}개입니다. 모델은 스스로 쓰는 것까지 합해 ${limit}개만 볼 수 있습니다.`,
  },
  actions: {
    write: '이어 쓰기',
    step: '한 토큰만',
    stop: '멈추기',
    clear: '첫머리로',
    seed: '시드',
    reseed: '다른 시드',
    writing: '쓰는 중 …',
    failed: '모델이 이 일을 하지 못했습니다.',
    ran(reason, tokens, speed) {
      const why = {
        end: '모델이 글을 끝냈습니다',
        length: '여기까지 썼습니다',
        context: '모델이 볼 수 있는 길이가 다 찼습니다',
      };
      return `${why[reason]}. 새 토큰 ${tokens}개${speed ? `, 1초에 ${speed}개` : ''}.`;
    },
  },
  text: {
    heading: '토큰으로 나눈 글',
    label: '글의 토큰',
    hint: '토큰을 누르면 그 자리에 올 수 있었던 다른 토큰이 보입니다. ',
    keys: '← → 로 옮겨 다니고 Esc로 멈춥니다.',
    caret: '다음에 올 토큰',
    end: '끝',
    tint: '색',
    probability: '확률',
    attention: '어텐션',
    token: (text, probability) => `‘${text}’, ${probability}`,
    added: (text) => `${text}, 토크나이저가 넣은 토큰`,
    unknown: (text) => `‘${text}’, 어휘에 없음`,
    attended: (text, weight) => `‘${text}’, 어텐션 ${weight}`,
    kept: (kept, total) =>
      kept === total
        ? '글이 그대로 유지됩니다.'
        : `이 설정이면 같은 난수로도 새로 쓴 ${kept + 1}번째 토큰부터 다른 글이 됩니다.`,
  },
  next: {
    after: '다음에 무엇이 올까요?',
    instead: '여기에 무엇이 올 수 있었을까요?',
    withinPrompt:
      '모델은 여기서 무엇을 예상했을까요? 이 토큰은 직접 쓰신 것입니다. 다른 토큰을 고르면 첫머리가 거기서 끝납니다.',
    ended: '모델이 여기서 글을 끝냈습니다. 다른 토큰을 누르면 글이 이어집니다.',
    full: '모델이 볼 수 있는 길이(컨텍스트)가 다 찼습니다.',
    waiting: '모델이 글을 읽고 나면 보여 드려요.',
    explain: '토큰을 누르면 그 자리에 들어갑니다.',
    cut: { topK: 'top-k로 잘림', topP: 'top-p로 잘림', minP: 'min-p로 잘림' },
    marks: '막대는 설정을 적용한 확률, 세로선은 모델이 준 확률입니다.',
    chosen: '글에 있음',
    modelColumn: '모델',
    settingsColumn: '설정 적용',
    left: (left, of, mass) =>
      `토큰 ${of.toLocaleString('ko')}개 중 ${left.toLocaleString('ko')}개가 남았고, 모델이 이 토큰들에 준 확률은 모두 ${mass}입니다.`,
    entropy: (model, settings) => `엔트로피: 모델 ${model}비트, 설정을 적용하면 ${settings}비트.`,
    row: (text, model, settings) => `‘${text}’: 모델 ${model}, 설정 적용 ${settings}`,
    describe: (first, others) => `확률이 가장 높은 토큰: ${first}. 그 밖에 ${others}개가 있습니다.`,
  },
  guess: {
    start: '먼저 맞혀 보기',
    question: '모델이 어느 토큰을 뽑을까요? 숫자 없이 가나다순으로 보여 드려요.',
    end: '숫자 보기',
    next: '이 토큰을 쓰고 다음 맞히기',
    right: (text, probability) => `맞았어요! ‘${text}’, 확률 ${probability}입니다.`,
    wrong: (guess, guessed, drawn, probability) =>
      `뽑힌 토큰은 ‘${drawn}’(${probability})입니다. 고르신 ‘${guess}’의 확률은 ${guessed}입니다.`,
  },
  settings: {
    heading: '토큰을 고르는 방법',
    explain:
      '로짓(모델이 토큰마다 매긴 점수)은 그대로입니다. 아래 설정은 로짓을 어떻게 쓸지만 이 순서대로 바꿉니다.',
    temperature: '온도(temperature)',
    topK: 'top-k',
    topP: 'top-p',
    minP: 'min-p',
    greedy: '0, 최댓값',
    off: '끔',
    reset: '모델 그대로: 1, 끔, 끔, 끔',
  },
  heads: {
    heading: '무엇을 보았나',
    layer: '레이어',
    head: '헤드',
    mean: '평균',
    others: '나머지 모두',
    nothing: '글이 멈추면 보여 드려요.',
    explain: (query, place) =>
      `이 자리의 토큰을 고를 때, 바로 앞 ${place}번 토큰 ‘${query}’(▲)가 아래 토큰들(●)을 이만큼 읽었습니다.`,
  },
  branches: {
    heading: '가지',
    explain: '첫머리를 바꾼 뒤에 쓴 모든 글입니다. 누르면 그 글로 갑니다.',
    empty: '아직 없습니다. 다른 토큰을 고르거나 설정이나 시드를 바꾸면, 지나온 글이 여기에 남습니다.',
    label: '나무로 그린 글들',
    settings: (temperature, seed) => `T ${temperature}, 시드 ${seed}`,
    fork: (place) => `새로 쓴 ${place}번째 토큰부터`,
  },
  about: {
    heading: '보이는 것과 보이지 않는 것',
    points: [
      '순전파(글을 읽고 한 번 계산하는 것) 한 번은 어휘의 모든 토큰에 로짓을 하나씩 줍니다. 온도, top-k, top-p, min-p는 거기서 토큰을 뽑는 방법만 바꾸므로, 모델을 다시 계산하지 않고도 막대가 바로 따라옵니다.',
      '자리마다 쓰는 난수는 시드와 자리만으로 정해집니다. 주소가 같으면 글도 같습니다.',
      '확률이 높은 토큰은 그런 글에서 흔히 오는 토큰일 뿐, 참인 것은 아닙니다.',
      '두 모델 모두 대화를 학습하지 않았고 대화 템플릿도 없습니다. 글을 이어 쓸 뿐 대답하지는 않습니다.',
    ],
  },
};
