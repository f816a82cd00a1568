import type { HeadwiseError } from '../errors.ts';
import { tokenizerError } from '../text/json/component.ts';

/** What tokenizers need of a SentencePiece model. */
export interface SentencePieceModel {
  readonly pieces: readonly { readonly text: string; readonly score: number; readonly type: number }[];
  /** 1 for Unigram, 2 for BPE. */
  readonly modelType: number;
  readonly unkId: number;
  /** Ids, −1 for none; the tokens are `<s>` and so on unless the model says otherwise. */
  readonly bosId: number;
  readonly eosId: number;
  readonly unkPiece: string;
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly byteFallback: boolean;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  readonly treatWhitespaceAsSuffix: boolean;
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
  const model = {
    modelType: 1,
    unkId: 0,
    bosId: 1,
    eosId: 2,
    unkPiece: '<unk>',
    bosPiece: '<s>',
    eosPiece: '</s>',
    byteFallback: false,
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
    treatWhitespaceAsSuffix: false,
    charsmap: new Uint8Array(0),
  };
  for (const [field, value] of fields(bytes, broken)) {
    if (field === 1) pieces.push(readPiece(asBytes(value)));
    // trainer_spec
    if (field === 2) {
      for (const [key, setting] of fields(asBytes(value), broken)) {
        if (key === 3) model.modelType = Number(setting);
        if (key === 24) model.treatWhitespaceAsSuffix = Number(setting) !== 0;
        if (key === 35) model.byteFallback = Number(setting) !== 0;
        if (key === 40) model.unkId = asInt32(setting);
        if (key === 41) model.bosId = asInt32(setting);
        if (key === 42) model.eosId = asInt32(setting);
        if (key === 45) model.unkPiece = utf8(asBytes(setting));
        if (key === 46) model.bosPiece = utf8(asBytes(setting));
        if (key === 47) model.eosPiece = utf8(asBytes(setting));
      }
    }
    // normalizer_spec
    if (field === 3) {
      for (const [key, setting] of fields(asBytes(value), broken)) {
        if (key === 2) model.charsmap = new Uint8Array(asBytes(setting));
        if (key === 3) model.addDummyPrefix = Number(setting) !== 0;
        if (key === 4) model.removeExtraWhitespaces = Number(setting) !== 0;
        if (key === 5) model.escapeWhitespaces = Number(setting) !== 0;
      }
    }
  }
  if (pieces.length === 0) throw broken('it has no pieces');
  return { pieces, ...model };

  function asInt32(value: Value): number {
    return Number(value) | 0;
  }

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
