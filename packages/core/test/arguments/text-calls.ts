import * as core from '../../src/index.ts';
import { c, type Methods } from './call.ts';
import { chatTemplate, checkpoint, messages, safe, signal, source, tok } from './subjects.ts';
import type { Call } from './wrong-arguments.ts';

// The other functions of the entry `@headwise/core`: texts, the choice of tokens, vectors, files.

export const textCalls: readonly Call[] = [
  c(
    'Tokenizer.fromFiles',
    [
      {
        tokenizerJson: { model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' } },
        tokenizerConfigJson: { bos_token: 'a' },
      },
    ],
    core.Tokenizer.fromFiles.bind(core.Tokenizer),
  ),
  c(
    'encode',
    ['cash', { pair: 'b', offsets: true, maxLength: 8, addSpecialTokens: true, truncation: 'error' }],
    (...args) => (tok as unknown as Methods).encode!(...args),
  ),
  c('decode', [[5, 6], { skipSpecialTokens: true, cleanUpTokenizationSpaces: true }], (...args) =>
    (tok as unknown as Methods).decode!(...args),
  ),
  c('isSpecial', [3], (...args) => (tok as unknown as Methods).isSpecial!(...args)),
  c('tokenToId', ['a'], (...args) => (tok as unknown as Methods).tokenToId!(...args)),
  c('idToToken', [3], (...args) => (tok as unknown as Methods).idToToken!(...args)),
  c(
    'ChatTemplate.fromFiles',
    [
      {
        tokenizerConfigJson: { chat_template: chatTemplate },
        chatTemplate,
        additionalChatTemplates: { a: chatTemplate },
      },
    ],
    (...args) => (core.ChatTemplate as unknown as Methods).fromFiles!(...args),
  ),
  c('ChatTemplate.fromSource', [chatTemplate, { bos_token: 'a' }], (...args) =>
    (core.ChatTemplate as unknown as Methods).fromSource!(...args),
  ),
  c(
    'ChatTemplate.render',
    [
      messages,
      {
        tools: [{}],
        documents: [{}],
        addGenerationPrompt: true,
        variables: { a: 1 },
        maxTemplateSteps: 1000,
        maxTemplateLength: 1000,
        signal,
      },
    ],
    (...args) => (core.ChatTemplate.fromSource(chatTemplate) as unknown as Methods).render!(...args),
  ),
  c(
    'DecodeStream',
    [tok, { skipSpecialTokens: true, prefix: [5] }],
    (...args) => new core.DecodeStream(...(args as ConstructorParameters<typeof core.DecodeStream>)),
  ),
  c('DecodeStream.push', [5], (...args) => (new core.DecodeStream(tok) as unknown as Methods).push!(...args)),
  c('DecodeStream.peek', [5], (...args) => (new core.DecodeStream(tok) as unknown as Methods).peek!(...args)),
  c('DecodeStream.isSkipped', [5], (...args) =>
    (new core.DecodeStream(tok) as unknown as Methods).isSkipped!(...args),
  ),
  c(
    'TextStream',
    [tok, { stopStrings: ['a'], skipSpecialTokens: true, prefix: [5] }],
    (...args) => new core.TextStream(...(args as ConstructorParameters<typeof core.TextStream>)),
  ),
  c('TextStream.push', [5], (...args) => (new core.TextStream(tok) as unknown as Methods).push!(...args)),
  c('TextStream.peek', [5], (...args) => (new core.TextStream(tok) as unknown as Methods).peek!(...args)),
  c(
    'padSequences',
    [[{ ids: Int32Array.of(1), typeIds: Int32Array.of(0) }], { padId: 0, length: 4, side: 'left' }],
    core.padSequences,
  ),
  c('badWords', [[[1, 2]]], core.badWords),
  c('forceToken', [1, 0], core.forceToken),
  c('forceToken', [[1], 0], core.forceToken),
  c('logitBias', [new Map([[1, 1]])], core.logitBias),
  c('minLength', [[2], { length: 3, newTokens: 1 }], core.minLength),
  c('minP', [0.1], core.minP),
  c('noRepeatNgram', [2], core.noRepeatNgram),
  c('repetitionPenalty', [1.1], core.repetitionPenalty),
  c('suppressTokens', [[1], 'first'], core.suppressTokens),
  c('temperature', [0.5], core.temperature),
  c('topK', [3], core.topK),
  c('topP', [0.5], core.topP),
  c('sample', [Float32Array.of(1, 2), new core.Random(1)], core.sample),
  c('Random', [1, 2], (...args) => new core.Random(...(args as [number])).next()),
  c(
    'VectorIndex',
    [3],
    (...args) => new core.VectorIndex(...(args as ConstructorParameters<typeof core.VectorIndex>)),
  ),
  c('VectorIndex.set', ['a', [1, 2, 3]], (...args) =>
    (new core.VectorIndex(3) as unknown as Methods).set!(...args),
  ),
  c('VectorIndex.search', [Float32Array.of(1, 2, 3), 2], (...args) =>
    (new core.VectorIndex(3).set('a', [1, 2, 3]) as unknown as Methods).search!(...args),
  ),
  c('VectorIndex.load', [new core.VectorIndex(3).save()], (...args) =>
    (core.VectorIndex as unknown as Methods).load!(...args),
  ),
  c('VectorIndex.has', ['a'], (...args) => (new core.VectorIndex(3) as unknown as Methods).has!(...args)),
  c('VectorIndex.delete', ['a'], (...args) =>
    (new core.VectorIndex(3) as unknown as Methods).delete!(...args),
  ),
  c('parseSafetensors', [safe], core.parseSafetensors),
  c('readSafetensorsHeader', [source(safe)], core.readSafetensorsHeader),
  c('SafetensorsCheckpoint.open', [source(safe), 'f'], (...args) =>
    (core.SafetensorsCheckpoint as unknown as Methods).open!(...args),
  ),
  c('SafetensorsCheckpoint.info', ['a'], (...args) => (checkpoint as unknown as Methods).info!(...args)),
  c('SafetensorsCheckpoint.read', ['a', { axis: 0, from: 0, to: 1 }], (...args) =>
    (checkpoint as unknown as Methods).read!(...args),
  ),
  c(
    'writeSafetensors',
    [[['a', { dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) }]], [['format', 'pt']]],
    core.writeSafetensors,
  ),
  c(
    'toReadableStream',
    [
      (async function* () {
        yield { text: 'a', tokens: [] };
      })(),
    ],
    core.toReadableStream,
  ),
  c(
    'toTextStream',
    [
      (async function* () {
        yield { text: 'a', tokens: [] };
      })(),
    ],
    core.toTextStream,
  ),
];
