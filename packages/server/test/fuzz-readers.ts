import { mutateJsonText, mutateText } from '../../core/test/fuzz/mutate.ts';
import { type FuzzReader, textOf } from '../../core/test/fuzz/reader.ts';
import { chatCompletions } from '../src/api/chat.ts';
import { completions } from '../src/api/completions.ts';
import { embeddings } from '../src/api/embeddings.ts';
import type { Call, Served } from '../src/api/endpoint.ts';
import { RequestError } from '../src/errors.ts';
import type { JobCall } from '../src/pool/job.ts';
import type { Work, WorkResult } from '../src/protocol.ts';

const SAMPLING = {
  temperature: 0.5,
  top_p: 0.9,
  seed: 3,
  stop: ['a', 'b'],
  presence_penalty: 1,
  logit_bias: { 5: -100 },
  n: 2,
  stream: true,
  stream_options: { include_usage: true },
  top_k: 5,
};

/** Requests with most of the fields that there are. */
const REQUESTS = {
  embeddings: [
    { model: 'm', input: 'a', encoding_format: 'float' },
    { model: 'm', input: ['a', '가'], dimensions: 4, user: 'me' },
    { model: 'm', input: [[1, 2], [3]], encoding_format: 'base64' },
  ],
  completions: [
    { model: 'm', prompt: ['a', 'b'], max_tokens: 3, logprobs: 2, ...SAMPLING },
    { model: 'm', prompt: [1, 2, 3], stop: 'x', echo: false },
  ],
  chat: [
    {
      model: 'm',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: [{ type: 'text', text: 'a' }], name: 'x' },
      ],
      max_completion_tokens: 5,
      logprobs: true,
      top_logprobs: 3,
      response_format: { type: 'text' },
      metadata: { a: 1 },
      ...SAMPLING,
    },
    { model: 'm', messages: [{ role: 'user', content: 'a' }], service_tier: 'auto' },
  ],
};

/** What a thread answers, without a model. */
async function answer(work: Work, { onPiece }: JobCall = {}): Promise<WorkResult> {
  if (work.kind === 'embed') {
    const data = work.inputs.map((_, index) => ({ object: 'embedding', index, embedding: [0] }));
    return { kind: 'embed', data: new TextEncoder().encode(JSON.stringify(data)), promptTokens: 1 };
  }
  const texts = [{ index: 0, text: 'a', finishReason: 'stop' as const }];
  // A stream of a thread that sends nothing ends too.
  if (work.kind === 'generate' && work.stream && work.n > 1) onPiece?.(texts[0]!);
  return { kind: 'generate', texts, promptTokens: 1, cachedTokens: 0, completionTokens: 1 };
}

function servedAs(kind: 'encoder' | 'causalLM'): Served {
  const model = { kind, backend: 'none', dtype: 'f32', embeddingSize: 4, contextLength: 64, canChat: true };
  return { pool: { model, submit: answer }, isMatryoshka: true } as unknown as Served;
}

/** A request as the service reads it: the JSON of a body, and what an endpoint does before a thread has it, and after. */
function requestReader(
  name: string,
  requests: readonly object[],
  kind: 'encoder' | 'causalLM',
  endpoint: (call: Call) => Promise<Response>,
): FuzzReader {
  return {
    name,
    input: (chance) => {
      const body = mutateJsonText(chance, chance.of(requests));
      return { body: chance.below(10) === 0 ? mutateText(chance, body) : body };
    },
    async read(input) {
      let body: unknown;
      try {
        body = JSON.parse(textOf(input.body));
      } catch {
        throw new RequestError(400, 'the body is not JSON');
      }
      const response = await endpoint({
        body,
        service: { find: () => servedAs(kind) },
        signal: new AbortController().signal,
        onUsage: () => {},
      });
      return response.text();
    },
  };
}

export const serviceReaders: readonly FuzzReader[] = [
  requestReader('requests for embeddings', REQUESTS.embeddings, 'encoder', embeddings),
  requestReader('requests for completions', REQUESTS.completions, 'causalLM', completions),
  requestReader('requests for chats', REQUESTS.chat, 'causalLM', chatCompletions),
];
