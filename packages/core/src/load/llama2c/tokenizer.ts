import { LLAMA2C_TOKENS } from '../../weights/llama2c/config.ts';
import { byteToken, type Llama2cPiece } from '../../weights/llama2c/tokenizer.ts';
import { type PieceKind, sentencePieceFiles, type TokenizerDescription } from '../sentencepiece.ts';

/** A tokenizer of llama2.c, converted to tokenizer.json and tokenizer_config.json. */
export function llama2cTokenizerFiles(
  pieces: readonly Llama2cPiece[],
  modelMaxLength: number,
): TokenizerDescription {
  return sentencePieceFiles(
    pieces.map(({ text, score }, id) => ({ text, score, kind: kindOf(text, id) })),
    { ...LLAMA2C_TOKENS, addBos: true, addEos: false, addSpacePrefix: true, modelMaxLength },
  );
}

function kindOf(text: string, id: number): PieceKind {
  if (id === LLAMA2C_TOKENS.unk) return 'unknown';
  if (id <= LLAMA2C_TOKENS.eos) return 'control';
  return text === byteToken(id - LLAMA2C_TOKENS.eos - 1) ? 'byte' : 'normal';
}
