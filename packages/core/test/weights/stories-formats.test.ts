import { describe, expect, it } from 'vitest';
import {
  type Backend,
  type Checkpoint,
  createBackend,
  type FileContent,
  openCheckpoint,
  resolveSource,
  Tokenizer,
} from '../../src/index.ts';
import {
  type DecoderSession,
  decoderFromCheckpoint,
  LocalDecoderEngine,
  openSingleFile,
  parseDecoderConfig,
} from '../../src/internal.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { backendNames, difference, fixtureCases } from '../helpers/fixture.ts';
import { storiesReference } from '../helpers/stories.ts';
import { openStories, roundedAs, storiesGguf, storiesSafetensors } from '../helpers/stories-formats.ts';

const {
  prompt_ids: promptIds,
  greedy_ids: greedyIds,
  top5_ids: top5Ids,
  top5_logits: top5Logits,
} = storiesReference;

/** The logits after the prompt and `count` greedy tokens. */
async function run(backend: Backend, configJson: unknown, checkpoint: Checkpoint, count = greedyIds.length) {
  const decoder = await decoderFromCheckpoint(parseDecoderConfig(configJson), checkpoint, backend);
  const engine = new LocalDecoderEngine(backend, decoder);
  const session = await engine.openSession({ slots: 1, capacity: promptIds.length + count });
  const first = await decode(session, promptIds, 0);
  const ids = [argmax(first)];
  for (let at = promptIds.length; ids.length < count; at++) {
    ids.push(argmax(await decode(session, [ids.at(-1)!], at)));
  }
  await engine.dispose();
  return { logits: first, ids };
}

async function decode(session: DecoderSession, ids: readonly number[], start: number): Promise<Float32Array> {
  const { logits } = await session.decode({
    ids: Int32Array.from(ids),
    offsets: Int32Array.of(0, ids.length),
    slots: Int32Array.of(0),
    starts: Int32Array.of(start),
  });
  return logits.data.slice();
}

const argmax = (values: Float32Array) => values.indexOf(Math.max(...values));
const openGgufFile = async (files: Record<string, FileContent>) => (await openSingleFile(files))!;

describe('stories15M', () => {
  it.each(backendNames)('generates PyTorch’s tokens from the llama2.c file on %s', async (name) => {
    const { configJson, checkpoint } = await openStories();
    const { logits, ids } = await run(await createBackend(name), configJson, checkpoint);
    expect(
      difference(
        top5Ids.map((id) => logits[id]!),
        top5Logits,
      ),
    ).toBeLessThanOrEqual(1e-4);
    expect(ids).toEqual(greedyIds);
  });

  it.each(['half', 'interleaved'] as const)(
    'generates the same tokens from safetensors with %s rows',
    async (layout) => {
      const files = resolveSource(await storiesSafetensors(layout));
      expect(await openSingleFile(await storiesSafetensors(layout))).toBeUndefined();
      const config = await files.json('config.json');
      const { ids } = await run(await createBackend('wasm-simd'), config, await openCheckpoint(files));
      expect(ids).toEqual(greedyIds);
      const tokenizer = Tokenizer.fromFiles({
        tokenizerJson: await files.json('tokenizer.json'),
        tokenizerConfigJson: await files.json('tokenizer_config.json'),
      });
      expect([...tokenizer.encode(storiesReference.prompt).ids]).toEqual(promptIds);
    },
  );

  it.each(['F32', 'F16', 'Q8_0'] as const)('generates the same tokens from GGUF in %s', async (type) => {
    const { configJson, checkpoint } = await openGgufFile(await storiesGguf(type));
    expect(configJson).toMatchObject({ rope_interleave: true, tie_word_embeddings: true });
    const { ids } = await run(await createBackend('wasm-simd'), configJson, checkpoint);
    expect(ids).toEqual(greedyIds);
  });

  it.each(['Q8_0', 'Q4_0'] as const)(
    'gives the weights and logits of GGUF in %s as rounded by the type',
    async (type) => {
      const stories = await openStories();
      const rounded = roundedAs(stories.checkpoint, type);
      const gguf = await openGgufFile(await storiesGguf(type));
      for (const name of ['model.layers.3.self_attn.k_proj.weight', 'model.layers.0.mlp.down_proj.weight']) {
        const [expected, got] = [await rounded.read(name), await gguf.checkpoint.read(name)];
        expect(got.shape).toEqual(expected.shape);
        expect(difference(toFloat32(got), toFloat32(expected))).toBe(0);
      }
      const backend = await createBackend('wasm-simd');
      const expected = await run(backend, stories.configJson, rounded, 20);
      const got = await run(backend, gguf.configJson, gguf.checkpoint, 20);
      expect(difference(got.logits, expected.logits)).toBe(0);
      expect(got.ids).toEqual(expected.ids);
    },
  );

  it('has the same tokenizer in GGUF', async () => {
    const { tokenizer } = await openGgufFile(await storiesGguf('Q4_0'));
    for (const { text, ids } of fixtureCases<{ text: string; ids: number[] }>('sentencepiece-ids')) {
      expect([...tokenizer.encode(text, { addSpecialTokens: false }).ids], text).toEqual(ids);
    }
  });
});
