/** A repeated field whose messages are copied as bytes. */
export const bytes = (id: number) => ({ id, rule: 'repeated', type: 'bytes' });

/** The messages of an ONNX file that every reader and writer needs, for protobufjs: `onnx.proto`'s ModelProto and GraphProto. */
export const MESSAGES = {
  Model: {
    fields: {
      irVersion: { id: 1, type: 'int64' },
      producer: { id: 2, type: 'string' },
      graph: { id: 7, type: 'Graph' },
      opsets: bytes(8),
    },
  },
  Graph: {
    fields: {
      node: bytes(1),
      name: { id: 2, type: 'string' },
      initializer: bytes(5),
      input: bytes(11),
      output: bytes(12),
      valueInfo: bytes(13),
    },
  },
};
