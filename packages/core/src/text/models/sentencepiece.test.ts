import { expect, test } from 'vitest';
import { Component } from '../json/component.ts';
import { sentencePieceModel } from './sentencepiece.ts';

const NORMAL = 1;
const USER_DEFINED = 4;

test('SentencePiece keeps the longest user-defined piece, with its place in the text', () => {
  const pieces = [
    ['▁a', -1, NORMAL],
    ['b', -2, NORMAL],
    ['<x>', 0, USER_DEFINED],
    ['<x>>', 0, USER_DEFINED],
  ];
  const model = sentencePieceModel(
    new Component(
      {
        pieces,
        vocab: Object.fromEntries(pieces.map(([text], id) => [text, id])),
        unk_id: 1,
        add_dummy_prefix: true,
        remove_extra_whitespaces: true,
        escape_whitespaces: true,
        treat_whitespace_as_suffix: false,
      },
      'model',
    ),
  );
  expect(model.tokenize('a<x>b<x>>')).toEqual({
    ids: [0, 2, 1, 3],
    tokens: ['▁a', '<x>', 'b', '<x>>'],
    starts: [0, 1, 4, 5],
    ends: [1, 4, 5, 9],
  });
});
