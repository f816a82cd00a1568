import type { Language } from '../../lab/experiment.ts';
import type { ModelName } from './architectures.ts';
import type { TaskName } from './tasks.ts';

type Texts<Key extends string> = Readonly<Record<Language, Readonly<Record<Key, string>>>>;

/** Names of models in tables and figures. */
export const modelTexts: Texts<ModelName> = {
  en: {
    rnn: 'RNN, fixed vector',
    lstm: 'LSTM, fixed vector',
    gru: 'GRU, fixed vector',
    'rnn-additive': 'RNN, additive',
    'lstm-additive': 'LSTM, additive',
    'gru-additive': 'GRU, additive',
    'gru-dot': 'GRU, dot',
    'gru-general': 'GRU, general',
    transformer: 'transformer',
  },
  ko: {
    rnn: 'RNN, 고정 벡터',
    lstm: 'LSTM, 고정 벡터',
    gru: 'GRU, 고정 벡터',
    'rnn-additive': 'RNN, additive',
    'lstm-additive': 'LSTM, additive',
    'gru-additive': 'GRU, additive',
    'gru-dot': 'GRU, dot',
    'gru-general': 'GRU, general',
    transformer: '트랜스포머',
  },
};

export const taskTexts: Texts<TaskName> = {
  en: {
    dates: 'dates',
    reversal: 'reversal',
    'grammar-en-ko': 'grammar, English to Korean',
    'grammar-ko-en': 'grammar, Korean to English',
  },
  ko: {
    dates: '날짜',
    reversal: '뒤집기',
    'grammar-en-ko': '문법, 영어에서 한국어로',
    'grammar-ko-en': '문법, 한국어에서 영어로',
  },
};

/** Other words of tables and figures. */
export const words = {
  en: {
    model: 'model',
    parameters: 'parameters',
    width: 'width',
    exact: 'exact, %',
    longest: 'longest third, %',
    longer: 'longer than trained, %',
    bleu: 'BLEU',
    errors: 'token errors, %',
    task: 'task',
    seedsTitle: 'Three seeds, least and most',
    alignmentTitle: 'Alignment of years',
    yearWeight: 'weight of 2029년 to 2029',
    gradientTitle: 'Gradient by distance, at the least and at the greatest',
    distance: 'distance, steps',
    initial: 'before training',
    trained: 'after training',
    stepsTitle:
      'Steps that must run one after another: n source tokens, m target tokens, L layers on each side',
    recurrent: 'recurrent',
    trainSteps: 'training',
    useSteps: 'use',
    trainTwenty: 'training, n = m = 20, L = 2',
    useTwenty: 'use, n = m = 20, L = 2',
    seconds: 'CPU seconds per epoch',
    sourceTokens: 'source tokens',
    exactAxis: 'exact matches',
    norm: 'norm of the gradient',
  },
  ko: {
    model: '모델',
    parameters: '매개변수',
    width: '너비',
    exact: '완전 일치, %',
    longest: '가장 긴 3분의 1, %',
    longer: '훈련보다 긴 입력, %',
    bleu: 'BLEU',
    errors: '토큰 오류, %',
    task: '과제',
    seedsTitle: '시드 세 개의 최소와 최대',
    alignmentTitle: '연도의 정렬',
    yearWeight: '2029년이 2029에 두는 가중치',
    gradientTitle: '거리에 따른 기울기, 가장 가까울 때와 가장 멀 때',
    distance: '거리(단계)',
    initial: '훈련 전',
    trained: '훈련 후',
    stepsTitle: '차례로 실행해야 하는 단계 수: 원문 토큰 n개, 번역 토큰 m개, 양쪽 층 L개',
    recurrent: '순환 신경망',
    trainSteps: '훈련',
    useSteps: '사용',
    trainTwenty: '훈련, n = m = 20, L = 2',
    useTwenty: '사용, n = m = 20, L = 2',
    seconds: '에포크당 CPU 시간(초)',
    sourceTokens: '원문 토큰 수',
    exactAxis: '완전 일치',
    norm: '기울기의 크기',
  },
} as const satisfies Record<Language, Record<string, string>>;
