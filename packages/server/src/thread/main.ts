// The script of each thread: loads one model, and computes one task at a time.

import { parentPort, workerData } from 'node:worker_threads';
import { type AnyModel, ConfigError, loadModel } from '@headwise/core';
import { takesTools } from '@headwise/core/internal';
import type { SpeechModel } from '@headwise/core/speech';
import {
  type FromThread,
  type LoadedModel,
  type Outcome,
  plainError,
  type ThreadStart,
  type ToThread,
  type Work,
} from '../protocol.ts';
import { embed } from './embed.ts';
import { generate } from './generate.ts';
import { transcribe } from './transcribe.ts';
import { vectors } from './vectors.ts';

type ServableModel = Exclude<AnyModel, { kind: 'recurrentSeq2Seq' }> | SpeechModel;

const { source, options, isSpeech, chatTemplate } = workerData as ThreadStart;
const send = (message: FromThread, transfer: ArrayBuffer[] = []) =>
  parentPort!.postMessage(message, transfer);

let running: { task: number; controller: AbortController } | undefined;

try {
  const model = await load();
  parentPort!.on('message', (message: ToThread) => {
    if ('works' in message) void compute(model, message.task, message.works);
    else if (running?.task === message.cancel) running.controller.abort();
  });
  send({ ready: describe(model) });
} catch (error) {
  send({ failed: plainError(error) });
  parentPort!.close();
}

async function load(): Promise<ServableModel> {
  if (isSpeech) {
    // Services without speech do not read its code.
    const { loadSpeech } = await import('@headwise/core/speech');
    return loadSpeech(source, options);
  }
  const model = await loadModel(source, options);
  if (model.kind !== 'recurrentSeq2Seq') return model;
  await model.dispose();
  throw new ConfigError(
    `server: ${source} is a recurrent model, which the service does not offer; it serves encoders, decoders and encoder–decoders`,
  );
}

function describe(model: ServableModel): LoadedModel {
  const contextLength = contextLengthOf(model);
  const hasTemplate = model.kind === 'causalLM' && model.chatTemplate !== undefined;
  return {
    kind: model.kind,
    backend: model.backend,
    dtype: model.dtype,
    ...(model.kind === 'encoder' && { embeddingSize: model.embeddingSize }),
    ...(contextLength !== undefined && Number.isFinite(contextLength) && { contextLength }),
    canChat: hasTemplate || (model.kind === 'causalLM' && chatTemplate !== undefined),
    takesTools: model.kind !== 'encoder' && model.kind !== 'speech' && takesTools(model, chatTemplate),
  };
}

/** Undefined for speech, whose texts are as long as its sounds. */
function contextLengthOf(model: ServableModel): number | undefined {
  if (model.kind === 'speech') return undefined;
  return model.kind === 'encoder' ? model.maxLength : model.contextLength;
}

async function compute(model: ServableModel, task: number, works: readonly Work[]): Promise<void> {
  const controller = new AbortController();
  running = { task, controller };
  const outcomes = await outcomesOf(model, task, works, controller.signal);
  running = undefined;
  const buffers = outcomes.flatMap((outcome) =>
    'result' in outcome && 'data' in outcome.result ? [outcome.result.data.buffer as ArrayBuffer] : [],
  );
  send({ task, outcomes }, buffers);
}

async function outcomesOf(
  model: ServableModel,
  task: number,
  works: readonly Work[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  try {
    const [first] = works;
    if (first?.kind === 'transcribe') {
      if (model.kind !== 'speech') throw new ConfigError('server: this model writes down no speech');
      return [{ result: await transcribe(model, first, signal) }];
    }
    if (first?.kind === 'generate') {
      if (model.kind === 'encoder' || model.kind === 'speech') {
        throw new ConfigError('server: this model generates no text');
      }
      const result = await generate(model, first, {
        signal,
        ...(chatTemplate !== undefined && { chatTemplate }),
        ...(first.stream && { onPiece: (piece) => send({ task, piece }) }),
      });
      return [{ result }];
    }
    if (model.kind !== 'encoder') throw new ConfigError('server: this model has no embeddings');
    if (first?.kind === 'vectors') return [{ result: await vectors(model, first, signal) }];
    return await embed(
      model,
      works.filter((work) => work.kind === 'embed'),
      signal,
    );
  } catch (error) {
    return works.map(() => ({ error: plainError(error) }));
  }
}
