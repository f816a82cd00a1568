import type { EmbedResult, EmbedWork, TextOrIds } from '../protocol.ts';
import { fitsBatch, sizeOf } from './batch.ts';

/** Divides a request for embeddings into parts of one batch each: between two of them the requests of others have their turn. */
export function partsOf(work: EmbedWork): EmbedWork[] {
  const parts: EmbedWork[] = [];
  let inputs: TextOrIds[] = [];
  let first = 0;
  const finish = () => {
    parts.push({ ...work, inputs, first });
    first += inputs.length;
    inputs = [];
  };
  for (const input of work.inputs) {
    if (inputs.length > 0 && !fitsBatch(sizeOf([...inputs, input]))) finish();
    inputs.push(input);
  }
  finish();
  return parts;
}

/** The result of a request by those of its parts. */
export function joinParts(results: readonly EmbedResult[]): EmbedResult {
  const lists = results.flatMap(({ data }, index) => [
    Buffer.from(index === 0 ? '[' : ','),
    // Without the brackets.
    data.subarray(1, -1),
  ]);
  return {
    kind: 'embed',
    data: results.length === 1 ? results[0]!.data : Buffer.concat([...lists, Buffer.from(']')]),
    promptTokens: results.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
  };
}
