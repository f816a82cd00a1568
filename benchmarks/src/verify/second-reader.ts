import type { GgufHeader } from '@headwise/core/gguf';
import { importInstalled } from './models.ts';

/** What is used of `@huggingface/gguf`. Shapes are as in the file: the length of a row first. */
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

/** Keys that the other reader adds. */
const ITS_OWN = ['version', 'tensor_count', 'kv_count'];

/** Compares a header with what `@huggingface/gguf` reads of the same file. The differences, none if all is well. */
export async function compareHeaders(header: GgufHeader, file: Blob): Promise<string[]> {
  const reader = (await importInstalled('tinyllama', '@huggingface/gguf/dist/index.mjs')) as SecondReader;
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
  const theirKeys = Object.keys(other.metadata).filter((key) => !ITS_OWN.includes(key));
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

/** As JSON. A byte order mark at the start is left out: the other reader drops it, from the token that is nothing else too. */
function plain(value: unknown): string {
  const list = ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  const json = JSON.stringify(list, (_, inner) => {
    if (typeof inner === 'string') return inner.replace(/^\ufeff/, '');
    return typeof inner === 'bigint' ? Number(inner) : inner;
  });
  return json ?? 'nothing';
}
