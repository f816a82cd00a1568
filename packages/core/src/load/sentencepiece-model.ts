import type { HeadwiseError } from '../errors.ts';
import { tokenizerError } from '../text/json/component.ts';

/** What tokenizers need of a SentencePiece model. */
export interface SentencePieceModel {
  readonly pieces: readonly { readonly text: string; readonly score: number; readonly type: number }[];
  /** 1 for Unigram, 2 for BPE. */
  readonly modelType: number;
  readonly unkId: number;
  /** The compiled table of normalisation; empty if the model has none. */
  readonly charsmap: Uint8Array;
}

/** `ModelProto.SentencePiece.Type`, of tokens that never come from a text and of those that are always kept whole. */
export const CONTROL = 3;
export const USER_DEFINED = 4;

type Value = number | Uint8Array;

/**
 * Reads a SentencePiece model, a `ModelProto` in Protocol Buffers' format (sentencepiece_model.proto). `name` is the file's name for errors.
 * Throws `FormatError` for a damaged file.
 */
export function readSentencePieceModel(bytes: Uint8Array, name: string): SentencePieceModel {
  const broken = (what: string) => tokenizerError(`${name} is not a SentencePiece model: ${what}`);
  const pieces: { text: string; score: number; type: number }[] = [];
  let [modelType, unkId, charsmap] = [1, 0, new Uint8Array(0)];
  for (const [field, value] of fields(bytes, broken)) {
    if (field === 1) pieces.push(readPiece(asBytes(value)));
    if (field === 2) {
      for (const [key, setting] of fields(asBytes(value), broken)) {
        if (key === 3) modelType = Number(setting);
        if (key === 40) unkId = Number(setting);
      }
    }
    if (field === 3) {
      for (const [key, setting] of fields(asBytes(value), broken)) {
        if (key === 2) charsmap = new Uint8Array(asBytes(setting));
      }
    }
  }
  if (pieces.length === 0) throw broken('it has no pieces');
  return { pieces, modelType, unkId, charsmap };

  function readPiece(message: Uint8Array) {
    const piece = { text: '', score: 0, type: 1 };
    for (const [key, value] of fields(message, broken)) {
      if (key === 1) piece.text = utf8(asBytes(value));
      if (key === 2) {
        const data = asBytes(value);
        if (data.length !== 4) throw broken('a score is not a float');
        piece.score = new DataView(data.buffer, data.byteOffset, 4).getFloat32(0, true);
      }
      if (key === 3) piece.type = Number(value);
    }
    return piece;
  }

  function asBytes(value: Value): Uint8Array {
    if (typeof value === 'number') throw broken('a field is a number in place of bytes');
    return value;
  }

  function utf8(data: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    } catch {
      throw broken('a piece is not valid UTF-8');
    }
  }
}

/** The fields of a message: numbers for varints, bytes for all others. */
function* fields(
  message: Uint8Array,
  broken: (what: string) => HeadwiseError,
): Generator<[field: number, Value]> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= message.length) break;
      const byte = message[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw broken('it ends within a number');
  };
  const take = (length: number) => {
    if (length < 0 || length > message.length - at) throw broken('it ends within a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key & 7];
    if (field <= 0) throw broken(`a field has number ${field}`);
    if (wire === 0) yield [field, varint()];
    else if (wire === 1) yield [field, take(8)];
    else if (wire === 2) yield [field, take(varint())];
    else if (wire === 5) yield [field, take(4)];
    else throw broken(`a field has wire type ${wire}`);
  }
}
