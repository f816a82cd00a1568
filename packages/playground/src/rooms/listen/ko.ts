import type { ListenMessages } from './messages.ts';

export const ko: ListenMessages = {
  tagline: '말해 보세요. 페이지가 받아 적고, 단어마다 소리의 어느 부분을 보았는지 보여 줍니다.',
  source: {
    heading: '소리',
    choose: '예시 소리',
    samples: { apollo: '아폴로 13호, 영어', korean: '프로그램 목소리, 한국어' },
    origin: {
      apollo: '1970년 아폴로 13호 무선 교신 6초입니다. NASA의 녹음이며 누구나 쓸 수 있습니다.',
      korean: '이 페이지를 위해 espeak-ng로 만들었습니다. 프로그램 목소리라서 모델에게는 낯섭니다.',
    },
    said: (text) => `실제로 한 말: “${text}”`,
    own: '여러분의 소리도 됩니다. 녹음하거나 파일을 여세요. 파일을 여기에 끌어다 놓아도 됩니다. 소리는 이 기기에만 있습니다.',
    open: '파일 열기…',
    drop: '파일을 여기에 놓으세요',
    record: '녹음하기',
    stop: '녹음 끝내기',
    level: '소리 크기',
    recording: (seconds) => `녹음하는 중, 30초 중 ${seconds}초`,
    recorded: '녹음한 소리',
    notShared: (name) =>
      `지금 소리: ${name}. 주소에는 담기지 않습니다. 링크를 여는 사람은 그 자리에서 예시 소리를 듣습니다.`,
    cut: (seconds) => `${seconds}초 가운데 처음 30초만 듣습니다.`,
    silent: '아무 소리도 들어 있지 않습니다.',
    reading: '소리를 읽는 중…',
    refused: {
      denied: '브라우저가 마이크를 허용하지 않았습니다. 이 페이지의 설정에서 허용하거나 파일을 여세요.',
      noMicrophone: '마이크를 찾지 못했습니다. 파일은 열 수 있습니다.',
      unsupported:
        '이 브라우저에서는 녹음할 수 없습니다. 녹음은 https 페이지에서만 됩니다. 파일은 열 수 있습니다.',
      undecodable:
        '브라우저가 이 파일을 풀지 못했습니다. WAV는 어디서나 되고, MP3, Ogg, M4A는 대부분의 브라우저에서 됩니다.',
      large: '파일이 너무 큽니다. 100 MB까지 열 수 있습니다.',
      sample: '예시 소리를 받지 못했습니다.',
    },
  },
  model: {
    language: '언어',
    told: (language) => `알려 주기(${language})`,
    languages: {
      detect: '알아맞히기',
      en: '영어',
      ko: '한국어',
      ja: '일본어',
      zh: '중국어',
      de: '독일어',
      fr: '프랑스어',
      es: '스페인어',
    },
    offer:
      '받아 적으려면 먼저 모델을 한 번 받아야 합니다. 소리를 읽는 인코더와 글을 쓰는 디코더로 된 트랜스포머입니다.',
    cancel: '그만두기',
    listening: '듣는 중…',
    took: (time, backend) => `받아 적는 데 ${time} 걸렸습니다(${backend}).`,
  },
  picture: {
    heading: '모델이 듣는 것',
    explain:
      '오른쪽으로 갈수록 나중 소리, 위로 갈수록 높은 소리이고, 클수록 진하게 보입니다. 모델은 10 ms마다 숫자 80개, 이것만 받습니다.',
    hertz: 'Hz',
    scroll: '스펙트로그램과 단어',
    play: '재생',
    stop: '멈춤',
    playWord: '이 단어 재생',
    words: '단어, 저마다 시작하는 자리에',
    word: (text, start) => `${text} ${start}`,
    none: '모델은 여기서 단어를 듣지 못했습니다.',
    waiting: '단어가 여기에 나타납니다.',
    empty: '열린 소리가 없습니다.',
    describe: {
      sound: (seconds, words) => `${seconds}초 스펙트로그램, 단어 ${words}개.`,
      word: (text, start, end) => `“${text}”: ${start}부터 ${end}까지.`,
      looks: (places) => `가장 많이 본 곳: ${places}.`,
    },
    failed: '소리를 받아 적지 못했습니다.',
  },
  word: {
    heading: (text) => `“${text}”`,
    times: (start, end, probability) => `${start}부터 ${end}까지, 확률 ${probability}`,
    mean: '시간을 재는 헤드들',
    head: (layer, head) => `L${layer} H${head}`,
    places: (head) =>
      `이 단어를 쓸 때 가장 많이 본 곳(${head}). 숫자를 누르면 무엇으로 이루어졌는지 보여 줍니다.`,
    rest: (share) => `나머지 ${share}`,
    why: (place, weight) => `${place}: ${weight}. 무엇으로 이루어졌나요?`,
    choose: '단어를 고르면 그 단어를 쓸 때 모델이 본 곳이 선으로 나타납니다.',
  },
  heads: {
    heading: '크로스 어텐션의 헤드',
    explain:
      '네모 하나가 헤드 하나입니다. 위에서 아래로 토큰, 왼쪽에서 오른쪽으로 소리가 이어집니다. 밑줄이 있는 헤드는 소리를 따라갑니다. 단어의 시간은 이 헤드들로 잽니다.',
    grid: '모든 헤드: 행은 레이어, 열은 헤드',
    mean: '밑줄 있는 헤드들의 평균',
    name: (layer, head) => `레이어 ${layer} · 헤드 ${head}`,
    timing: '시간을 잼',
    silenced: '끔',
    silence: (layer, head) => `L${layer} H${head} 끄기`,
    restore: (layer, head) => `L${layer} H${head} 다시 켜기`,
    restoreAll: '모두 되돌리기',
    map: (name, tokens) => `${name}: 시간에 따른 토큰 ${tokens}개. 행을 누를 수 있습니다.`,
    mapNote:
      '선은 동적 시간 와핑(DTW)이 찾은 길을 단어 단위로 그린 것입니다. 첫 토큰에서 마지막 토큰까지, 큰 가중치를 따라가며 뒤로 돌아가지 않는 길입니다.',
  },
  changes: {
    heading: '전과 후',
    before: '모든 헤드로',
    after: '끈 헤드 없이',
    same: '단어는 그대로입니다.',
    sameTimes: '시작 시각도 그대로입니다.',
    likelihood: (word, before, after) =>
      `확률이 가장 많이 달라진 단어는 “${word}”입니다(${before} → ${after}).`,
    changed: (gone, added) => `단어 ${gone}개가 없어지고 ${added}개가 새로 생겼습니다.`,
    moved: (words, mean, most) =>
      `남은 단어 ${words}개의 시작이 평균 ${mean}, 많게는 ${most} 앞이나 뒤로 옮겨 갔습니다.`,
    waiting: '다시 듣는 중…',
    note: '끈 헤드는 아무것도 넘겨주지 않습니다. 그 헤드의 가중치는 그전에 계산되므로 그대로 남습니다.',
  },
  languages: {
    heading: '어느 언어일까?',
    explain: '디코더의 첫 토큰은 언어입니다. 모델이 아는 모든 언어 사이의 확률입니다.',
    rest: (n) => `나머지 ${n}개`,
    told: (told, first) =>
      `모델에게 ${told}라고 알려 주었습니다. 알아맞히라고 했다면 ${first}로 적었을 것입니다.`,
    describe: (first, share) => `가장 그럴듯한 언어는 ${first}, ${share}입니다.`,
  },
  guess: {
    start: '먼저 짐작하기',
    question: (word) => `“${word}”의 시작은 어디일까요? 스펙트로그램을 누르거나, 표시를 옮기고 확인하세요.`,
    place: '표시의 자리',
    here: '여기',
    at: (time) => `${time} 자리`,
    right: (word, start) => `맞았습니다. “${word}”의 시작은 ${start}입니다.`,
    wrong: (word, start, off) => `“${word}”의 시작은 ${start}입니다. ${off} 차이가 났습니다.`,
  },
  why: {
    title: '이 숫자를 이루는 것',
    heading: (word, place) => `“${word}”, ${place}`,
    close: '닫기',
    meanOf: (value, n) =>
      n === 1
        ? `${value} = 가중치 하나.`
        : `${value} = 토큰과 헤드마다 하나씩인 가중치 ${n}개의 평균. 하나를 고르세요.`,
    token: '토큰',
    head: '헤드',
    weight: '가중치',
    place: '자리',
    score: '점수',
    softmax: (weight, score) =>
      `${weight} = 1,500자리의 점수에 소프트맥스를 한 값. 이 자리의 점수는 ${score}입니다. 가장 큰 자리들:`,
    others: (n, share) =>
      `나머지 ${n.toLocaleString('ko')}자리의 합은 ${share}입니다. 모델은 늘 30초를 읽으므로 소리가 끝난 뒤의 고요도 들어 있습니다.`,
    products: (score, sum, n) => `${score} = q · k / √${n} = ${sum} / √${n}. 가장 큰 곱들:`,
    number: '번호',
    rest: (n) => `나머지 ${n}개`,
    chosen: '이 자리',
  },
  export: {
    label: '저장',
    text: '자막',
    caption: (sound) => `${sound} · 8비트 Whisper-tiny · Headwise`,
  },
  about: {
    heading: '여기서 보이는 것과 보이지 않는 것',
    points: [
      'Whisper-tiny는 같은 계열에서 가장 작은 모델로, 가중치가 3,800만 개입니다. 이름과 잡음, 프로그램 목소리를 잘못 듣고, 한국어는 영어보다 서툽니다.',
      '어텐션은 모델이 어디를 보았는지를 말합니다. 그 단어를 거기서 들었다는 증명은 아닙니다. 헤드를 끄고 확인해 보세요.',
      '단어의 시간은 어텐션에서 20 ms 단위로 얻은 짐작입니다. 쉬었다가 나오는 첫 단어는 실제보다 이르게 시작하곤 합니다.',
      '녹음하거나 연 소리는 이 기기를 떠나지 않습니다.',
    ],
  },
};
