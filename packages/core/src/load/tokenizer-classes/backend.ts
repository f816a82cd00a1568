import type { SentencePieceModel } from '../sentencepiece-model.ts';
import type { TokenizerClass } from './class.ts';

/**
 * What transformers makes of a SentencePiece model for a repository without a class of its own (`build_tokenizer_from_spm_proto`): the model with
 * spaces as `▁`, without a space before the text.
 */
export function backendClass(model: SentencePieceModel): TokenizerClass {
  const { bosId, eosId, unkId, byteFallback: byte_fallback, pieces } = model;
  const replace = (from: string, content: string) => ({
    type: 'Replace',
    pattern: { String: from },
    content,
  });
  return {
    model: model.modelType === 1 ? 'Unigram' : 'BPE',
    tokens: {
      ...(bosId >= 0 && { bos_token: model.bosPiece }),
      ...(eosId >= 0 && { eos_token: model.eosPiece }),
      ...(unkId >= 0 && { unk_token: model.unkPiece }),
    },
    build: ({ charsmap, scored, vocab, merges }) => ({
      normalizer: {
        type: 'Sequence',
        normalizers: [
          ...(charsmap ? [{ type: 'Precompiled', precompiled_charsmap: charsmap }] : []),
          replace(' ', '▁'),
        ],
      },
      pre_tokenizer: null,
      decoder: {
        type: 'Sequence',
        decoders: [replace('▁', ' '), ...(byte_fallback ? [{ type: 'ByteFallback' }, { type: 'Fuse' }] : [])],
      },
      model:
        model.modelType === 1
          ? { type: 'Unigram', vocab: scored, unk_id: Math.min(unkId, pieces.length - 1), byte_fallback }
          : {
              type: 'BPE',
              vocab,
              merges,
              unk_token: model.unkPiece,
              fuse_unk: true,
              byte_fallback,
              dropout: null,
            },
    }),
  };
}
