import type { Messages } from './messages.ts';

export const ko: Messages = {
  title: 'Headwise',
  skip: '본문으로 건너뛰기',
  roomsLabel: '방',
  rooms: {
    learn: '배우기',
    explore: '살펴보기',
    generate: '쓰기',
    train: '학습시키기',
    search: '찾기',
    listen: '듣기',
    benchmark: '속도 재기',
  },
  language: { label: '언어', en: 'English', ko: '한국어' },
  theme: { toDark: '어두운 화면', toLight: '밝은 화면' },
  share: {
    title: '공유하기',
    explain:
      '주소에 글과 고른 것이 모두 들어 있습니다. 주소를 연 사람도 같은 화면을 보게 되고, 값은 그 자리에서 새로 계산됩니다.',
    local:
      '직접 연 파일은 이 컴퓨터에만 있어서 링크로 공유할 수 없습니다. 링크는 그 전에 고른 모델로 이어집니다.',
    link: '링크',
    embed: '내 페이지에 넣을 코드',
    copy: '복사',
    copied: '복사했습니다.',
    notCopied: '브라우저가 복사를 허용하지 않습니다. 글을 직접 선택해 주세요.',
    close: '닫기',
  },
  room: { loading: '여는 중 …', failed: '이 방을 열지 못했습니다.' },
  address: {
    dismiss: '닫기',
    invalid: (keys) => `주소에 읽을 수 없는 부분(${keys})이 있어서, 그 부분은 처음 상태로 보여 줍니다.`,
  },
  load: {
    fetch: (model, size) => `${model} 받기 (${size})`,
    fromCache: '브라우저 캐시에서',
    starting: '엔진을 시작하는 중 …',
    failed: '모델을 불러오지 못했습니다.',
    stopped: '엔진이 멈췄습니다.',
    retry: '다시 시도',
    loading: (model) => `모델을 불러오는 중: ${model}`,
    progress: (loaded, total) => `${total} 중 ${loaded}`,
  },
  failureDetail: '엔진의 메시지(영어)',
  failures: {
    connection: '이 페이지의 서버가 제대로 응답하지 않았습니다. 연결을 확인하고 다시 시도해 주세요.',
    missing: '이 페이지의 서버에 모델 파일이 없습니다.',
    damaged: '모델 파일이 손상되었거나 바뀌었습니다. 다시 시도하면 새로 내려받습니다.',
    memory: '이 기기의 메모리가 모델에 비해 부족합니다. 다른 페이지를 닫으면 나아질 수 있습니다.',
    space: '모델 파일을 둘 공간이 없습니다. 기기의 공간을 비우고 다시 시도해 주세요.',
    unsupported:
      '이 브라우저에는 엔진에 필요한 기능(WebAssembly SIMD, 워커)이 없습니다. Chrome, Edge, Firefox, Safari의 최신 버전에는 있습니다.',
    policy:
      '이 페이지의 서버가 WebAssembly를 허용하지 않습니다. 콘텐츠 보안 정책의 script-src에 ‘wasm-unsafe-eval’이 있어야 합니다.',
    other: '다시 시도해 주세요. 그래도 안 되면 아래에 있는 엔진의 메시지를 보세요.',
  },
};
