import type { GgufHeader } from '@headwise/core/gguf';

/** The used part of `@huggingface/gguf`. Shapes are in file order: the row length first. */
interface SecondReader {
  gguf(
    url: string,
    options: { fetch: typeof fetch },
  ): Promise<{
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly tensorInfos: readonly {
      readonly name: string;
      readonly shape: readonly bigint[];
      readonly dtype: number;
      readonly offset: bigint;
    }[];
    readonly tensorDataOffset: bigint;
  }>;
  readonly GGMLQuantizationType: Readonly<Record<number, string>>;
}

/** Keys that `@huggingface/gguf` adds. */
const ADDED_KEYS = ['version', 'tensor_count', 'kv_count'];

/** Compares a header with the one that `@huggingface/gguf` reads from the same file. Returns the differences. */
export async function compareHeaders(header: GgufHeader, file: Blob): Promise<string[]> {
  const reader = (await import(
    new URL('node_modules/@huggingface/gguf/dist/index.mjs', import.meta.url).href
  )) as SecondReader;
  const serve = async (_: unknown, { headers }: RequestInit = {}) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(new Headers(headers).get('range') ?? '') ?? [];
    return new Response(file.slice(Number(from), Number(to) + 1), { status: 206 });
  };
  const other = await reader.gguf('https://localhost/model.gguf', { fetch: serve as typeof fetch });
  const differences: string[] = [];
  const expectSame = (what: string, ours: unknown, theirs: unknown) => {
    const [a, b] = [plain(ours), plain(theirs)];
    if (a !== b) differences.push(`${what}: ${a.slice(0, 80)} here, ${b.slice(0, 80)} there`);
  };
  const theirKeys = Object.keys(other.metadata).filter((key) => !ADDED_KEYS.includes(key));
  expectSame('keys', [...header.metadata.keys()], theirKeys);
  for (const [key, { value }] of header.metadata) expectSame(key, value, other.metadata[key]);
  expectSame('start of the data', header.dataStart, other.tensorDataOffset);
  expectSame('number of tensors', header.tensors.size, other.tensorInfos.length);
  for (const { name, shape, dtype, offset } of other.tensorInfos) {
    const tensor = header.tensors.get(name);
    expectSame(`shape of ${name}`, tensor?.shape.toReversed(), shape);
    expectSame(`type of ${name}`, tensor?.type.name, reader.GGMLQuantizationType[dtype]);
    expectSame(`offset of ${name}`, tensor?.begin, offset);
  }
  return differences;
}

/** As JSON, without leading byte order marks: `@huggingface/gguf` drops them, even from the token that is only that mark. */
function plain(value: unknown): string {
  const list = ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  const json = JSON.stringify(list, (_, inner) => {
    if (typeof inner === 'string') return inner.replace(/^\ufeff/, '');
    return typeof inner === 'bigint' ? Number(inner) : inner;
  });
  return json ?? 'nothing';
}
