import { describe, it } from 'vitest';
import { conv1d } from '../../src/nn/layers/convolution.ts';
import { ACTIVATIONS, expectGradients, type Input, input, linearInput } from '../helpers/gradients.ts';
import { offsetsOf } from '../operations/index.ts';

const sizes = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 16],
  [17, 33, 9],
  [0, 4, 4],
] as const;

describe('linear', () => {
  for (const [rows, inFeatures, outFeatures] of sizes) {
    it(`has the gradients of input, weight and bias for [${rows}, ${inFeatures}] → ${outFeatures}`, () =>
      expectGradients(
        (b, [x, w]) => [b.linear(x!, w!)],
        input([rows, inFeatures]),
        linearInput(inFeatures, outFeatures),
      ));
    it(`has the gradient of the residual for [${rows}, ${inFeatures}] → ${outFeatures} without bias`, () =>
      expectGradients(
        (b, [x, w, residual]) => [b.linear(x!, w!, { residual: residual! })],
        input([rows, inFeatures]),
        linearInput(inFeatures, outFeatures, false),
        input([rows, outFeatures]),
      ));
  }
  for (const activation of ACTIVATIONS) {
    it(`has the gradients with the activation ${activation}, with and without residual`, async () => {
      await expectGradients(
        (b, [x, w]) => [b.linear(x!, w!, { activation })],
        input([3, 5]),
        linearInput(5, 6),
      );
      await expectGradients(
        (b, [x, w, residual]) => [b.linear(x!, w!, { activation, residual: residual! })],
        input([3, 5]),
        linearInput(5, 6),
        input([3, 6]),
      );
    });
  }
  it('adds the gradients of both uses when the residual is the input', () =>
    expectGradients((b, [x, w]) => [b.linear(x!, w!, { residual: x! })], input([3, 5]), linearInput(5, 5)));
  it('adds the gradients of two uses of one layer', () =>
    expectGradients(
      (b, [x, w]) => [b.linear(b.linear(x!, w!, { activation: 'tanh' }), w!)],
      input([3, 5]),
      linearInput(5, 5),
    ));
});

describe('elementwise operations', () => {
  for (const activation of ACTIVATIONS) {
    it(`activate has the gradient of ${activation}`, () =>
      expectGradients((b, [x]) => [b.activate(x!, activation)], input([5, 7], { scale: 3 })));
    it(`gate has the gradient with ${activation}`, () =>
      expectGradients((b, [x]) => [b.gate(x!, activation)], input([3, 10], { scale: 2 })));
  }
  it('add has the gradients of both terms', () =>
    expectGradients((b, [x, y]) => [b.add(x!, y!)], input([3, 5]), input([3, 5])));
  it('add has twice the gradient for the sum of a tensor with itself', () =>
    expectGradients((b, [x]) => [b.add(x!, x!)], input([2, 2, 3])));
  it('scale has the gradient', () => expectGradients((b, [x]) => [b.scale(x!, -2.5)], input([3, 1])));
});

describe('normalisations', () => {
  for (const [rows, features] of [
    [1, 1],
    [1, 5],
    [3, 16],
    [17, 9],
    [0, 4],
  ] as const) {
    it(`layerNorm has the gradients of [${rows}, ${features}]`, () =>
      expectGradients(
        (b, [x, gain, bias]) => [b.layerNorm(x!, gain!, bias!, 1e-2)],
        input([rows, features]),
        input([features]),
        input([features]),
      ));
    it(`rmsNorm has the gradients of [${rows}, ${features}]`, () =>
      expectGradients(
        (b, [x, gain]) => [b.rmsNorm(x!, gain!, 1e-3)],
        input([rows, features]),
        input([features]),
      ));
    it(`l2Normalize has the gradient of [${rows}, ${features}]`, () =>
      expectGradients((b, [x]) => [b.l2Normalize(x!)], input([rows, features])));
    it(`softmax has the gradient of [${rows}, ${features}]`, () =>
      expectGradients((b, [x]) => [b.softmax(x!)], input([rows, features], { scale: 4 })));
  }
  it('softmax has the gradient of a tensor of four axes', () =>
    expectGradients((b, [x]) => [b.softmax(x!)], input([2, 1, 3, 4])));
  it('softmax has no gradient at −∞ nor in rows of only −∞', () => {
    const scores = input([3, 4]);
    scores.data.set([-Infinity, 0.5, -Infinity, 1], 0);
    scores.data.fill(-Infinity, 4, 8);
    const added = { ...scores, watched: false };
    return expectGradients((b, [x, mask]) => [b.softmax(b.add(x!, mask!))], input([3, 4]), added);
  });
});

describe('rows', () => {
  const ids = Int32Array.of(2, 0, 2, 4);
  it('embedding scatters and adds the gradients of repeated rows', () =>
    expectGradients((b, [table]) => [b.embedding(table!, ids)], input([5, 3])));
  it('embedding has no gradient for ids outside a partial vocabulary', () =>
    expectGradients((b, [table]) => [b.embedding(table!, ids, { first: 2, of: 6 })], input([3, 3])));
  it('embedding in the weights of a linear layer adds to the gradient of the layer (tied weights)', () =>
    expectGradients((b, [w]) => [b.linear(b.embedding(w!, ids), w!)], linearInput(3, 5)));
  it('embedding in a part of a tied vocabulary has the gradient of its rows', () =>
    expectGradients((b, [w]) => [b.embedding(w!, ids, { first: 1, of: 6 })], linearInput(3, 4, false)));
  it('embedding of no ids has zeros', () =>
    expectGradients((b, [table]) => [b.embedding(table!, new Int32Array())], input([5, 3])));
  for (const offsets of [[0, 3], [0, 1, 1, 4, 9], [0, 0], [0]]) {
    it(`meanPool has the gradient for the offsets ${offsets.join(', ')}`, () =>
      expectGradients((b, [x]) => [b.meanPool(x!, Int32Array.from(offsets))], input([offsets.at(-1)!, 5])));
  }
  for (const layout of ['half', 'interleaved'] as const) {
    for (const dim of [2, 4, 6]) {
      it(`rotary has the gradient for the layout ${layout} and ${dim} of 6 features`, () =>
        expectGradients(
          (b, [x, table]) => [b.rotary(x!, table!, Int32Array.of(3, 0, 6, 1), { heads: 3, layout })],
          input([4, 18]),
          input([7, dim], { watched: false }),
        ));
    }
  }
});

describe('recurrent gates', () => {
  for (const [rows, n] of [
    [1, 1],
    [3, 5],
    [4, 8],
    [0, 4],
  ] as const) {
    it(`lstmGates has the gradients of [${rows}, ${n}]`, () =>
      expectGradients(
        (b, [gates, cell]) => {
          const next = b.lstmGates(gates!, cell!);
          return [next.hidden, next.cell];
        },
        input([rows, 4 * n], { scale: 2 }),
        input([rows, n], { scale: 2 }),
      ));
    it(`gruGates has the gradients of [${rows}, ${n}]`, () =>
      expectGradients(
        (b, [x, hidden, state]) => [b.gruGates(x!, hidden!, state!)],
        input([rows, 3 * n], { scale: 2 }),
        input([rows, 3 * n], { scale: 2 }),
        input([rows, n]),
      ));
  }
  it('lstmGates has the gradients when only the hidden state or only the cell state is used', async () => {
    const given = (): Input[] => [input([2, 12]), input([2, 3])];
    await expectGradients((b, [gates, cell]) => [b.lstmGates(gates!, cell!).hidden], ...given());
    await expectGradients((b, [gates, cell]) => [b.lstmGates(gates!, cell!).cell], ...given());
  });
});

describe('views', () => {
  it('columns and rows have the gradient of their part', () =>
    expectGradients(
      (b, [x]) => [b.columns(x!, 1, 4), b.rows(x!, 2, 3), b.columns(b.rows(x!, 1, 3), 0, 2)],
      input([4, 5]),
    ));
  it('operations on views have the gradient of the whole', () =>
    expectGradients(
      (b, [x]) => [b.activate(b.add(b.columns(x!, 0, 3), b.columns(x!, 2, 5)), 'tanh')],
      input([4, 5]),
    ));
  it('reshape has the gradient of contiguous tensors and of views', () =>
    expectGradients(
      (b, [x]) => [
        b.activate(b.reshape(x!, [2, 1, 12]), 'tanh'),
        b.activate(b.reshape(b.columns(x!, 1, 4), [2, 6]), 'tanh'),
      ],
      input([4, 6]),
    ));
  it('concat has the gradients of its parts along both axes', () =>
    expectGradients(
      (b, [x, y, z]) => [
        b.concat([x!, y!, x!], 0),
        b.concat([x!, z!], 1),
        b.concat([b.columns(x!, 1, 2), z!], 1),
      ],
      input([3, 4]),
      input([2, 4]),
      input([3, 2]),
    ));
  it('concat of empty parts has the gradients', () =>
    expectGradients((b, [x, y]) => [b.concat([x!, y!], 0)], input([0, 4]), input([2, 4])));
});

describe('convolutions', () => {
  it.each([
    [[5], 2, 3, {}],
    [[7], 3, 4, { stride: 2, padding: 1 }],
    [[4, 0, 6], 3, 3, { padding: 'same' }],
    [[9, 8], 2, 3, { stride: 3, dilation: 2, padding: 2, activation: 'gelu' }],
  ] as const)(
    'conv1d has the gradients of input and weight for sequences of %o, %d channels, a kernel of %d, %o',
    (lengths, inChannels, kernelSize, options) => {
      const offsets = offsetsOf(lengths);
      return expectGradients(
        (b, [x, w]) => {
          const sizes = { inChannels, outChannels: 5, kernelSize, groups: 1, linear: [w!] };
          return [conv1d(b, x!, sizes, { ...options, offsets })];
        },
        input([offsets.at(-1)!, inChannels]),
        linearInput(kernelSize * inChannels, 5),
      );
    },
  );
  it('conv1d of groups has the gradients of input and weights', () =>
    expectGradients(
      (b, [x, v, w]) => {
        const sizes = { inChannels: 4, outChannels: 6, kernelSize: 2, groups: 2, linear: [v!, w!] };
        return [conv1d(b, x!, sizes, { padding: 1, residual: b.zeros([7, 6]) })];
      },
      input([6, 4]),
      linearInput(4, 3),
      linearInput(4, 3),
    ));
  it('windows of views and of rows that are written to later have the gradient', () =>
    expectGradients(
      (b, [x, y]) => {
        const windows = b.windows(b.columns(x!, 1, 4), 3, 2);
        const result = b.activate(windows, 'tanh');
        b.assign(b.rows(x!, 0, 1), y!);
        return [result, b.activate(b.windows(x!, 2, 3), 'sigmoid'), windows];
      },
      input([8, 5]),
      input([1, 5]),
    ));
});

describe('writes', () => {
  it('assign moves the gradient of the overwritten values to its source', () =>
    expectGradients(
      (b, [x, y]) => {
        const before = b.activate(y!, 'tanh');
        b.assign(b.columns(y!, 1, 3), b.activate(x!, 'tanh'));
        return [before, b.activate(y!, 'tanh')];
      },
      input([4, 2]),
      input([4, 5]),
    ));
  it('assign between overlapping views has the gradient', () =>
    expectGradients(
      (b, [x]) => {
        b.assign(b.columns(x!, 1, 4), b.columns(x!, 0, 3));
        return [b.activate(x!, 'tanh')];
      },
      input([2, 5]),
    ));
  it('assign to one stream several times uses the values of each time', () =>
    expectGradients(
      (b, [x, w]) => {
        const stream = b.zeros([3, 4]);
        let current = x!;
        for (let i = 0; i < 3; i++) {
          b.assign(stream, b.linear(current, w!, { activation: 'tanh', residual: current }));
          current = stream as typeof current;
        }
        return [b.l2Normalize(stream)];
      },
      input([3, 4]),
      linearInput(4, 4),
    ));
  it('assign of a constant removes the gradient', () =>
    expectGradients(
      (b, [x, y]) => {
        b.assign(b.rows(x!, 0, 1), y!);
        return [b.activate(x!, 'sigmoid')];
      },
      input([3, 4]),
      input([1, 4], { watched: false }),
    ));
  it('write removes the gradient of the overwritten values', () =>
    expectGradients(
      (b, [x]) => {
        const before = b.activate(x!, 'tanh');
        b.write(b.columns(x!, 1, 3), new Float32Array(6).fill(0.5));
        return [before, b.activate(x!, 'tanh')];
      },
      input([3, 4]),
    ));
});
