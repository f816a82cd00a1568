export type { Seq2SeqOptions } from './options.ts';
export {
  type DecoderInputs,
  type GenerateCall,
  type LogitsCall,
  Seq2Seq,
  type Seq2SeqCall,
  type Seq2SeqResult,
} from './seq2seq.ts';
