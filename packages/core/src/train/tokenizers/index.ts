export type { TokenizerComponent, TrainingTexts } from './count-words.ts';
export type { TokenizerTrainingOptions } from './options.ts';
export type { TrainedTokenizer } from './tokenizer-files.ts';
export { type BpeTrainingOptions, trainBpe } from './train-bpe.ts';
export { trainUnigram, type UnigramTrainingOptions } from './train-unigram.ts';
export { trainWordPiece, type WordPieceTrainingOptions } from './train-word-piece.ts';
export type { TrainingControlOptions, TrainingProgress } from './training-control.ts';
