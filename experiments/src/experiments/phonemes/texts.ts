import type { Language } from '../../lab/experiment.ts';

interface Texts {
  readonly names: Readonly<Record<string, string>>;
  readonly table: readonly string[];
  /** After the name of a model, as it is shipped. */
  readonly inEightBits: (numBeams: number) => string;
  readonly length: {
    readonly title: string;
    readonly subtitle: string;
    readonly x: string;
    readonly y: string;
  };
  readonly alignment: { readonly title: string; readonly x: string; readonly y: string };
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    names: {
      fixed: 'GRU, fixed vector',
      attention: 'GRU, attention',
      transformer: 'transformer',
      g2pEn: 'g2p_en',
    },
    table: ['model', 'parameters', 'words wrong, %', 'phonemes wrong, %', 'CPU minutes'],
    inEightBits: (numBeams) => `, as shipped: 8 bits${numBeams > 1 ? `, ${numBeams} beams` : ''}`,
    length: {
      title: 'Words wrong by length',
      subtitle:
        'Spelling to phonemes, test part of the CMU dictionary; bins of three letters, the last one with all longer words',
      x: 'letters',
      y: 'words wrong, %',
    },
    alignment: {
      title: 'Attention of the GRU: which letters each phoneme is read from',
      x: 'letters',
      y: 'phonemes',
    },
  },
  ko: {
    names: { fixed: 'GRU, 고정 벡터', attention: 'GRU, 어텐션', transformer: '트랜스포머', g2pEn: 'g2p_en' },
    table: ['모델', '매개변수', '틀린 단어, %', '틀린 음소, %', 'CPU 시간(분)'],
    inEightBits: (numBeams) => `, 배포되는 대로: 8비트${numBeams > 1 ? `, 빔 ${numBeams}개` : ''}`,
    length: {
      title: '길이에 따른 틀린 단어',
      subtitle:
        '철자에서 음소로, CMU 사전의 시험 부분. 세 글자씩 묶고, 마지막 묶음에는 더 긴 단어도 모두 들어 있습니다',
      x: '글자 수',
      y: '틀린 단어, %',
    },
    alignment: { title: 'GRU의 어텐션: 각 음소를 어느 글자에서 읽는가', x: '글자', y: '음소' },
  },
};
