/** A field of a message. */
export interface SchemaField {
  readonly id: number;
  readonly type: string;
  readonly rule?: string;
}

/** A message, and those that are declared within it. */
export interface SchemaType {
  readonly fields: Readonly<Record<string, SchemaField>>;
  readonly nested?: Readonly<Record<string, SchemaType>>;
}

/** The used part of ONNX's protobuf schema, with the field numbers of onnx.proto. */
export const schema: { readonly nested: Readonly<Record<string, SchemaType>> } = {
  nested: {
    ModelProto: {
      fields: {
        irVersion: { id: 1, type: 'int64' },
        producerName: { id: 2, type: 'string' },
        graph: { id: 7, type: 'GraphProto' },
        opsetImport: { id: 8, rule: 'repeated', type: 'OperatorSetIdProto' },
      },
    },
    OperatorSetIdProto: { fields: { domain: { id: 1, type: 'string' }, version: { id: 2, type: 'int64' } } },
    GraphProto: {
      fields: {
        node: { id: 1, rule: 'repeated', type: 'NodeProto' },
        name: { id: 2, type: 'string' },
        initializer: { id: 5, rule: 'repeated', type: 'TensorProto' },
        input: { id: 11, rule: 'repeated', type: 'ValueInfoProto' },
        output: { id: 12, rule: 'repeated', type: 'ValueInfoProto' },
      },
    },
    NodeProto: {
      fields: {
        input: { id: 1, rule: 'repeated', type: 'string' },
        output: { id: 2, rule: 'repeated', type: 'string' },
        name: { id: 3, type: 'string' },
        opType: { id: 4, type: 'string' },
        attribute: { id: 5, rule: 'repeated', type: 'AttributeProto' },
        domain: { id: 7, type: 'string' },
      },
    },
    AttributeProto: {
      fields: {
        name: { id: 1, type: 'string' },
        f: { id: 2, type: 'float' },
        i: { id: 3, type: 'int64' },
        ints: { id: 8, rule: 'repeated', type: 'int64' },
        type: { id: 20, type: 'int32' },
      },
    },
    TensorProto: {
      fields: {
        dims: { id: 1, rule: 'repeated', type: 'int64' },
        dataType: { id: 2, type: 'int32' },
        name: { id: 8, type: 'string' },
        rawData: { id: 9, type: 'bytes' },
        externalData: { id: 13, rule: 'repeated', type: 'StringStringEntryProto' },
        dataLocation: { id: 14, type: 'int32' },
      },
    },
    StringStringEntryProto: { fields: { key: { id: 1, type: 'string' }, value: { id: 2, type: 'string' } } },
    ValueInfoProto: { fields: { name: { id: 1, type: 'string' }, type: { id: 2, type: 'TypeProto' } } },
    TypeProto: {
      fields: { tensorType: { id: 1, type: 'Tensor' } },
      nested: {
        Tensor: {
          fields: { elemType: { id: 1, type: 'int32' }, shape: { id: 2, type: 'TensorShapeProto' } },
        },
      },
    },
    TensorShapeProto: {
      fields: { dim: { id: 1, rule: 'repeated', type: 'Dimension' } },
      nested: { Dimension: { fields: { dimValue: { id: 1, type: 'int64' } } } },
    },
  },
};
