import { expose, transfer } from 'comlink';
import { EngineService } from './service.ts';
import type { Engine, Reading } from './types.ts';

const service = new EngineService();

function sendReading(reading: Reading): Reading {
  // Views may share the engine's memory; only a buffer that belongs to the result alone may be given away.
  const attention = { ...reading.attention, data: reading.attention.data.slice() };
  return transfer({ ...reading, attention }, [attention.data.buffer]);
}

// A flat object without a prototype: the messages name own methods and can reach nothing else.
const api: Engine = Object.assign(Object.create(null) as object, {
  load: service.load.bind(service),
  read: async (...args: Parameters<Engine['read']>): Promise<Reading> =>
    sendReading(await service.read(...args)),
  compare: service.compare.bind(service),
  silenceEach: service.silenceEach.bind(service),
} satisfies Engine);

expose(api);
