import protobuf from 'protobufjs/light.js';
import { MESSAGES } from './messages.ts';

const root = protobuf.Root.fromJSON({
  nested: {
    ...MESSAGES,
    Node: {
      fields: {
        input: { id: 1, rule: 'repeated', type: 'string' },
        opType: { id: 4, type: 'string' },
        attribute: { id: 5, rule: 'repeated', type: 'Attribute' },
      },
    },
    ValueInfo: { fields: { name: { id: 1, type: 'string' } } },
    Attribute: { fields: { name: { id: 1, type: 'string' }, graph: { id: 6, type: 'Graph' } } },
  },
});

interface Graph {
  node: Uint8Array[];
  initializer: Uint8Array[];
  input: Uint8Array[];
  output: Uint8Array[];
}

interface Node {
  readonly input: readonly string[];
  readonly opType: string;
  readonly attribute: readonly { readonly name: string; readonly graph?: Graph }[];
}

/**
 * A model whose graph is one condition, with the nodes of the branch `name` in its place, the inputs that it reads, and the outputs of the branch whose
 * names match.
 */
export function inlineBranch(file: Uint8Array, name: string, outputs = /^logits$/): Uint8Array {
  const [modelType, nodeType] = [root.lookupType('Model'), root.lookupType('Node')];
  const decode = <T>(type: protobuf.Type, message: Uint8Array) =>
    type.toObject(type.decode(message), { longs: Number, defaults: true, arrays: true }) as T;
  const model = decode<{ graph: Graph }>(modelType, file);
  const { graph } = model;
  const nodes = graph.node.map((message) => decode<Node>(nodeType, message));
  const at = nodes.findIndex(({ opType }) => opType === 'If');
  const branch = nodes[at]?.attribute.find((attribute) => attribute.name === name)?.graph;
  if (!branch) throw new Error(`the graph has no condition with a branch ${name}`);
  const node = [...graph.node.filter((_, i) => i !== at), ...branch.node];
  const nameOf = (value: Uint8Array) => decode<{ name: string }>(root.lookupType('ValueInfo'), value).name;
  const used = new Set(node.flatMap((message) => decode<Node>(nodeType, message).input));
  const inlined = {
    ...graph,
    node,
    initializer: [...graph.initializer, ...branch.initializer],
    input: graph.input.filter((value) => used.has(nameOf(value))),
    output: branch.output.filter((value) => outputs.test(nameOf(value))),
    valueInfo: [],
  };
  return new Uint8Array(modelType.encode(modelType.fromObject({ ...model, graph: inlined })).finish());
}
