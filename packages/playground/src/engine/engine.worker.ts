import { expose, transfer } from 'comlink';
import { sendErrorDetails } from './error-details.ts';
import { EngineService } from './service.ts';
import type { Engine, SentenceTrace } from './types.ts';

const service = new EngineService();

function sendTrace(trace: SentenceTrace): SentenceTrace {
  // A copy: the data may be a view of the engine's memory, which must not be transferred.
  const attention = { ...trace.attention, data: trace.attention.data.slice() };
  return transfer({ ...trace, attention }, [attention.data.buffer]);
}

// An object without prototype: messages can call only these methods.
const api: Engine = Object.assign(Object.create(null) as object, {
  load: service.load.bind(service),
  trace: async (...args: Parameters<Engine['trace']>): Promise<SentenceTrace> =>
    sendTrace(await service.trace(...args)),
  compare: service.compare.bind(service),
  ablateHeads: service.ablateHeads.bind(service),
} satisfies Engine);

sendErrorDetails();
expose(api);
