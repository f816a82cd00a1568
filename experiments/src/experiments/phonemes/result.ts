import type { PhonemeScores } from './score.ts';
import type { EightBits, Trained } from './train.ts';

export interface PhonemeResult {
  readonly models: readonly Trained[];
  /** The models that are shipped. */
  readonly eightBits: readonly EightBits[];
  /** g2p_en, a GRU with a fixed vector whose training data probably had the test words. */
  readonly g2pEn: PhonemeScores & Pick<Trained, 'byLength' | 'parameters'>;
}
