import { digamma } from './digamma.ts';
import type { TrainingControl } from './training-control.ts';
import type { UnigramCorpus } from './unigram-corpus.ts';
import type { UnigramLattice } from './unigram-lattice.ts';
import { segmentationScores, selectPieces, UNK_PIECE, type UnigramPieces } from './unigram-pieces.ts';

/** Pieces with fewer expected occurrences are removed. */
const MIN_EXPECTED_COUNT = 0.5;

export interface UnigramSettings {
  readonly vocabSize: number;
  readonly shrinkingFactor: number;
  readonly numSubIterations: number;
}

/**
 * Unigram language model (Kudo 2018): alternates iterations of EM with pruning of the pieces whose removal reduces the likelihood least,
 * until 1.1 · `vocabSize` pieces are left. Steps and constants are those of SentencePiece and of Hugging Face's `UnigramTrainer`.
 */
export async function trainPieces(
  corpus: UnigramCorpus,
  seed: UnigramPieces,
  lattice: UnigramLattice,
  { vocabSize, shrinkingFactor, numSubIterations }: UnigramSettings,
  control: TrainingControl,
): Promise<UnigramPieces> {
  const desiredSize = Math.floor((vocabSize * 11) / 10);
  let pieces = seed;
  for (let done = 0; ; ) {
    for (let i = 0; i < numSubIterations; i++) {
      const expected = await expectedCounts(corpus, pieces, lattice, control);
      pieces = await maximize(pieces, expected, lattice, control);
      await control.pause({ stage: 'pieces', done: ++done });
    }
    const size = pieces.scores.length;
    if (size <= desiredSize) return pieces;
    const target = Math.max(desiredSize, Math.floor(size * shrinkingFactor));
    pieces = await prune(corpus, pieces, lattice, target, control);
    // All that is left is needed to segment the corpus.
    if (pieces.scores.length === size) return pieces;
  }
}

/** E step: the expected occurrences of each piece. */
async function expectedCounts(
  { counts }: UnigramCorpus,
  pieces: UnigramPieces,
  lattice: UnigramLattice,
  control: TrainingControl,
): Promise<Float64Array> {
  const scores = segmentationScores(pieces);
  const expected = new Float64Array(scores.length);
  for (let word = 0; word < counts.length; word++) {
    lattice.addExpectedCounts(word, scores, expected);
    if (word % 64 === 0 && control.due) await control.pause();
  }
  return expected;
}

/**
 * M step: probabilities from expected counts. The digamma function instead of the logarithm is variational Bayes with a sparse prior,
 * which lowers the scores of rare pieces (Liang and Klein 2007, "Structured Bayesian Nonparametric Models with Variational Inference").
 */
async function maximize(
  pieces: UnigramPieces,
  expected: Float64Array,
  lattice: UnigramLattice,
  control: TrainingControl,
): Promise<UnigramPieces> {
  const kept = [UNK_PIECE];
  let sum = 0;
  for (let piece = UNK_PIECE + 1; piece < expected.length; piece++) {
    if (expected[piece]! < MIN_EXPECTED_COUNT) continue;
    kept.push(piece);
    sum += expected[piece]!;
  }
  const logSum = digamma(sum);
  const scores = kept.map((piece) => (piece === UNK_PIECE ? Number.NaN : digamma(expected[piece]!) - logSum));
  return keepPieces(pieces, kept, lattice, control, scores);
}

/** Keeps the pieces whose removal would reduce the likelihood most, up to `targetSize`, and all that have no alternative. */
async function prune(
  corpus: UnigramCorpus,
  pieces: UnigramPieces,
  lattice: UnigramLattice,
  targetSize: number,
  control: TrainingControl,
): Promise<UnigramPieces> {
  const scores = segmentationScores(pieces);
  const counts = await segmentationCounts(corpus, scores, lattice, control);
  const countSum = counts.reduce((sum, count) => sum + count, 0);
  const wordSum = corpus.counts.reduce((sum, count) => sum + count, 0);
  const kept = [UNK_PIECE];
  const candidates: { piece: number; loss: number }[] = [];
  for (let piece = UNK_PIECE + 1; piece < scores.length; piece++) {
    if (piece % 256 === 0 && control.due) await control.pause();
    const count = counts[piece]!;
    if (pieces.lengths[piece] === 1) {
      kept.push(piece);
      continue;
    }
    const { pieces: alternative, score } = lattice.bestSplit(
      pieces.positions[piece]!,
      pieces.lengths[piece]!,
      scores,
    );
    if (count === 0) continue;
    if (score > scores[piece]!) {
      kept.push(piece);
      continue;
    }
    // Without the piece, its occurrences become occurrences of the alternative's pieces. The new sum would have the length of the
    // alternative as factor; SentencePiece and Hugging Face's tokenizers take the number of all pieces.
    const newSum = Math.log(countSum + count * (scores.length - 1));
    const alternativeScore = alternative.reduce(
      (sum, other) => sum + Math.log(counts[other]! + count) - newSum,
      0,
    );
    const loss = (count / wordSum) * (Math.log(count) - Math.log(countSum) - alternativeScore);
    candidates.push({ piece, loss });
  }
  candidates.sort((a, b) => b.loss - a.loss);
  const room = Math.max(0, targetSize - kept.length);
  return keepPieces(
    pieces,
    [...kept, ...candidates.slice(0, room).map(({ piece }) => piece)],
    lattice,
    control,
  );
}

/** Occurrences of each piece in the most probable segmentations. */
async function segmentationCounts(
  corpus: UnigramCorpus,
  scores: Float64Array,
  lattice: UnigramLattice,
  control: TrainingControl,
): Promise<Float64Array> {
  const counts = new Float64Array(scores.length);
  for (const [word, count] of corpus.counts.entries()) {
    for (const piece of lattice.bestSegmentation(word, scores).pieces) counts[piece]! += count;
    if (word % 64 === 0 && control.due) await control.pause();
  }
  return counts;
}

async function keepPieces(
  pieces: UnigramPieces,
  kept: readonly number[],
  lattice: UnigramLattice,
  control: TrainingControl,
  scores?: readonly number[],
): Promise<UnigramPieces> {
  const indices = new Int32Array(pieces.scores.length).fill(-1);
  for (const [index, piece] of kept.entries()) indices[piece] = index;
  await lattice.renumber(indices, control);
  return selectPieces(pieces, kept, scores);
}
