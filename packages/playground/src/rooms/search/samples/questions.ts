/** A question about a sample, and words of the sentence that answers it. */
export interface Question {
  readonly query: string;
  readonly answer: string;
}

/** Questions about the samples. The page offers the first as examples; all are what {@link FIGURES} count. */
export const QUESTIONS: Readonly<Record<'en' | 'ko', readonly Question[]>> = {
  en: [
    { query: 'he, she and it', answer: 'what a pronoun stands for' },
    { query: 'telling untruths', answer: 'A fluent lie' },
    { query: 'probabilities sum to 100 percent', answer: 'shares that always add up to one' },
    { query: 'How much slower is a text of twice the length?', answer: 'four times as long' },
    { query: 'Why do networks forget parts of a text?', answer: 'part of it was forgotten' },
    { query: 'everything in one list', answer: 'squeezed into a single list' },
    { query: 'Who shows the model where to look?', answer: 'Nobody tells the network' },
    { query: 'What is a query?', answer: 'The question is called the query' },
    { query: 'What happens when a head is turned off?', answer: 'Switching a head off' },
    { query: 'word order', answer: 'does not know the order' },
    { query: 'a pet hurt a person', answer: 'The dog bit the man' },
    { query: 'fill in the blank', answer: 'trained to guess covered words' },
    { query: 'predict the following word', answer: 'guesses what comes next' },
    { query: 'evaluation of translations', answer: 'A translation is scored' },
    { query: 'saving memory', answer: 'need less memory' },
    { query: 'quantization', answer: 'eight or four bits' },
    { query: 'maximum input length', answer: 'up to a certain length' },
    { query: 'link between source and target words', answer: 'called an alignment' },
    { query: 'useless heads', answer: 'do nothing' },
    { query: 'a model for all tasks', answer: 'T5 has both halves' },
  ],
  ko: [
    { query: '대명사를 찾는 헤드', answer: '대명사가 무엇을' },
    { query: '거짓말', answer: '거짓말이 높은' },
    { query: '확률의 합은 1', answer: '합이 1인 몫' },
    { query: '문장이 길면 왜 잊어버리나', answer: '일부를 잊어버렸는데' },
    { query: '길이가 두 배면 얼마나 느려지나', answer: '시간은 네 배' },
    { query: '숫자 목록에 담기', answer: '숫자 목록 하나에 눌러' },
    { query: '어디를 봐야 하는지 누가 가르쳐 주나', answer: '아무도 알려 주지' },
    { query: '쿼리가 뭐야?', answer: '질문을 쿼리라' },
    { query: '헤드를 끄면 무엇을 알 수 있나', answer: '헤드를 꺼 보면' },
    { query: '어순', answer: '순서를 모릅니다' },
    { query: '개가 사람을 물면', answer: '개가 사람을 물었다' },
    { query: '빈칸 채우기로 학습한 모델', answer: '가려진 단어를' },
    { query: '다음 단어를 예측하는 모델', answer: '다음에 올 것을' },
    { query: '번역 평가', answer: '번역문의 점수는' },
    { query: '메모리를 아끼려면', answer: '메모리도 덜' },
    { query: '양자화', answer: '여덟 비트나' },
    { query: '최대 길이', answer: '길이에는 한계' },
    { query: '단어와 단어를 잇는 선', answer: '정렬이라고' },
    { query: '아무것도 하지 않는 헤드', answer: '아무 일도' },
    { query: '모든 과제를 텍스트로', answer: '모든 과제를 글로' },
  ],
};

/** Of the questions about a sample, for how many its answer is the first result: by letters, and by the vectors of a model. */
export const FIGURES = {
  of: 20,
  en: { letters: 7, minilm: 11 },
  ko: { letters: 16, 'ko-student': 8 },
} as const;
