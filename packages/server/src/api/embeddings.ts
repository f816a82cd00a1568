import { RequestError } from '../errors.ts';
import type { EmbedResult } from '../protocol.ts';
import { inputsOf } from './choices.ts';
import type { Call } from './endpoint.ts';
import { EmbeddingsRequest, read } from './schema.ts';

/** `POST /v1/embeddings`. */
export async function embeddings({ body, service, signal, onUsage }: Call): Promise<Response> {
  const request = read(EmbeddingsRequest, body);
  const { pool, isMatryoshka } = service.find(request.model, 'encoder');
  const size = pool.model.embeddingSize!;
  const { dimensions } = request;
  if (dimensions !== undefined) checkDimensions(dimensions, size, isMatryoshka);
  const result = await pool.submit(
    {
      kind: 'embed',
      inputs: inputsOf(request.input),
      encoding: request.encoding_format ?? 'float',
      ...(dimensions !== undefined && dimensions < size && { dimensions }),
    },
    { signal },
  );
  onUsage(request.model, result.promptTokens, 0);
  return embeddingsResponse(request.model, result);
}

/** Throws `RequestError` (400) for fewer features of a model that was not trained so that the first ones suffice, and for more than it has. */
function checkDimensions(dimensions: number, size: number, isMatryoshka: boolean): void {
  if (dimensions === size || (isMatryoshka && dimensions < size)) return;
  const message = isMatryoshka
    ? `dimensions: expected at most ${size}, the features of this model, got ${dimensions}`
    : `dimensions: the first features of this model's embeddings are no embedding of their own; expected ${size} or no value, got ${dimensions}. A model that was trained for it is served with the option matryoshka`;
  throw new RequestError(400, message, { apiCode: 'invalid_value', param: 'dimensions' });
}

/** The list was encoded by the thread: only the rest of the object is added here. */
function embeddingsResponse(model: string, { data, promptTokens }: EmbedResult): Response {
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  const body = Buffer.concat([
    Buffer.from('{"object":"list","data":'),
    data,
    Buffer.from(`,"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`),
  ]);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
