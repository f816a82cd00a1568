import { ConfigError, ContextLengthError, type EncoderModel } from '@headwise/core';
import { type EmbedWork, type Outcome, plainError, type TextOrIds } from '../protocol.ts';

/** A text with its number of tokens. */
interface Text {
  readonly text: string;
  readonly tokens: number;
}

/**
 * Embeds the texts of several requests together, with `dimensions` of the first, and returns an outcome for each: a request with a text that cannot be
 * embedded fails alone. Vectors are divided by their Euclidean norm, as OpenAI's are.
 */
export async function embed(
  model: EncoderModel,
  works: readonly EmbedWork[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  const read = works.map(({ inputs }) => {
    try {
      return { texts: inputs.map((input) => readInput(model, input)) };
    } catch (error) {
      return { error: plainError(error) };
    }
  });
  const texts = read.flatMap((one) => one.texts ?? []);
  const truncateDim = works[0]?.dimensions;
  const vectors = await model.embed(
    texts.map(({ text }) => text),
    { normalize: true, signal, ...(truncateDim !== undefined && { truncateDim }) },
  );
  let next = 0;
  return read.map(({ texts, error }, index): Outcome => {
    if (error) return { error };
    const own = vectors.slice(next, next + texts.length);
    next += texts.length;
    const promptTokens = texts.reduce((sum, { tokens }) => sum + tokens, 0);
    return { result: { kind: 'embed', data: encode(own, works[index]!), promptTokens } };
  });
}

/** Throws `ContextLengthError` for a text that is too long: clients of this API expect an error, not a vector of a part. */
function readInput(model: EncoderModel, input: TextOrIds): Text {
  const text = typeof input === 'string' ? input : textOf(model, input);
  const tokens = model.tokenizer.encode(text).ids.length;
  if (tokens <= model.maxLength) return { text, tokens };
  throw new ContextLengthError(
    `input: a text has ${tokens} tokens, the model reads ${model.maxLength}`,
    tokens,
    model.maxLength,
  );
}

/** The text of tokens, if it has these tokens again, with or without the special ones around them. */
function textOf({ tokenizer }: EncoderModel, ids: readonly number[]): string {
  const wrong = ids.find((id) => id >= tokenizer.vocabSize);
  if (wrong !== undefined) {
    throw new ConfigError(
      `input: there is no token ${wrong}, the vocabulary has ${tokenizer.vocabSize}; token ids are those of the model's own tokenizer`,
    );
  }
  const text = tokenizer.decode(Int32Array.from(ids));
  for (const addSpecialTokens of [true, false]) {
    const again = tokenizer.encode(text, { addSpecialTokens }).ids;
    if (again.length === ids.length && again.every((id, i) => id === ids[i])) return text;
  }
  throw new ConfigError(
    "input: these token ids are not those of a text; they must be those of the model's own tokenizer. Send the text instead",
  );
}

/** The JSON of the list `data`. Encoded here rather than in the thread of the service, which it would block. */
function encode(vectors: readonly Float32Array[], { encoding, first = 0 }: EmbedWork): Uint8Array {
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index: first + index,
    embedding: encoding === 'float' ? Array.from(vector) : base64(vector),
  }));
  return new TextEncoder().encode(JSON.stringify(data));
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}
