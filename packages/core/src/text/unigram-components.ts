import { DECODERS } from './decoders/index.ts';
import { decodeMetaspace } from './decoders/metaspace.ts';
import { MODELS } from './models/index.ts';
import { unigram } from './models/unigram.ts';
import { PRE_TOKENIZERS } from './pre-tokenizers/index.ts';
import { metaspacePreTokenizer } from './pre-tokenizers/metaspace.ts';

/** Makes known what plain tokenizers of SentencePiece need: Unigram, and its spaces. */
export function addUnigramComponents(): void {
  Object.assign(MODELS, { Unigram: unigram });
  Object.assign(PRE_TOKENIZERS, { Metaspace: metaspacePreTokenizer });
  Object.assign(DECODERS, { Metaspace: decodeMetaspace });
}
