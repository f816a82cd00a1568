import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import {
  encoderFromCheckpoint,
  LocalDecoderEngine,
  LocalEngine,
  readEncoderConfig,
} from '../../src/internal.ts';
import { skipPadding } from '../../src/models/padding-positions.ts';
import { tinyCheckpoint, tinyConfig } from '../helpers/tiny-encoders.ts';
import { sourcesOf, tinySeq2Seq, tinySeq2SeqConfig } from '../helpers/tiny-seq2seq.ts';

const backend = await createBackend('reference');

describe('skipPadding', () => {
  it('gives the positions of create_position_ids_from_input_ids', () => {
    // Of Transformers, with padding_idx 1: [2, 3, 1, 4, 1, 5] and [1, 1, 2].
    const ids = Int32Array.of(0, 5, 1, 6, 1, 7, 1, 1, 9);
    const positions = Int32Array.of(2, 3, 4, 5, 6, 7, 2, 3, 4);
    const counted = skipPadding(positions, ids, Int32Array.of(0, 6, 9), { id: 1, position: 1 });
    expect([...counted]).toEqual([2, 3, 1, 4, 1, 5, 1, 1, 2]);
  });

  it('returns the positions of texts without padding', () => {
    const positions = Int32Array.of(2, 3);
    const padding = { id: 1, position: 1 };
    expect(skipPadding(positions, Int32Array.of(0, 5), Int32Array.of(0, 2), padding)).toBe(positions);
  });
});

const rowOf = ({ data, shape }: { data: Float32Array; shape: readonly number[] }, row: number) =>
  data.subarray(row * shape[1]!, (row + 1) * shape[1]!);

describe('a text with a padding token in it', () => {
  it.each(['roberta', 'mpnet'] as const)('has the positions of Transformers in %s', async (name) => {
    const config = await readEncoderConfig(tinyConfig(name));
    const engine = new LocalEngine(
      backend,
      await encoderFromCheckpoint(config, await tinyCheckpoint(name), backend),
    );
    const embed = async (...ids: number[]) => {
      const { recorded } = await engine.encode(sourcesOf(ids), {
        outputs: [{ kind: 'hidden' }],
        record: ['embeddings'],
      });
      return recorded.get('embeddings')!;
    };
    const padding = 'paddingIdx' in config ? config.paddingIdx : 1;
    const [padded, without] = [await embed(0, 5, padding, 6), await embed(0, 5, 6)];
    expect(rowOf(padded, 1)).toEqual(rowOf(without, 1));
    expect(rowOf(padded, 3)).toEqual(rowOf(without, 2));
    // The padding token has the same position anywhere.
    expect(rowOf(padded, 2)).toEqual(rowOf(await embed(padding), 0));
    await engine.dispose();
  });

  it('has the positions of Transformers in both stacks of M2M100, and none itself', async () => {
    const padding = Number(tinySeq2SeqConfig('m2m100').pad_token_id);
    const engine = new LocalDecoderEngine(backend, await tinySeq2Seq('m2m100', backend));
    const session = await engine.openSession({ slots: 1, capacity: 8 });
    const embed = async (...ids: number[]) => {
      const [batch, slots] = [sourcesOf(ids), Int32Array.of(0)];
      const encoded = await session.encodeSource(batch, slots, { record: ['encoder.embeddings'] });
      const decoded = await session.decode(
        { ...batch, slots, starts: Int32Array.of(0) },
        { record: ['decoder.embeddings'] },
      );
      return [encoded.recorded.get('encoder.embeddings')!, decoded.recorded.get('decoder.embeddings')!];
    };
    const [padded, without] = [await embed(0, 5, padding, 6), await embed(0, 5, 6)];
    for (const [i, embeddings] of padded.entries()) {
      expect(rowOf(embeddings, 3)).toEqual(rowOf(without[i]!, 2));
      expect(rowOf(embeddings, 2)).toEqual(rowOf((await embed(padding))[i]!, 0));
    }
    await engine.dispose();
  });
});
