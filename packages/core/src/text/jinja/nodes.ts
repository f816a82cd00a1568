import type { Value } from './values.ts';

/** What a value is assigned to: a name, an attribute of a namespace, or one target for each item. */
export type Target = string | { readonly namespace: string; readonly attribute: string } | Target[];

export interface MacroParts {
  readonly names: readonly string[];
  /** Of the last parameters. */
  readonly defaults: readonly Expression[];
}

interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly name: string; readonly value: Expression }[];
  /** `*list` and `**dict`. */
  readonly list: Expression | undefined;
  readonly dict: Expression | undefined;
}

export interface Call extends Arguments {
  readonly type: 'call';
  readonly function: Expression;
}

export type Expression =
  | Call
  | { readonly type: 'constant'; readonly value: Value }
  | { readonly type: 'name'; readonly name: string }
  /** The text of the block's body. */
  | { readonly type: 'body' }
  | { readonly type: 'tuple' | 'list'; readonly items: readonly Expression[] }
  | {
      readonly type: 'dict';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
    }
  | { readonly type: 'attribute'; readonly value: Expression; readonly name: string }
  | { readonly type: 'item'; readonly value: Expression; readonly key: Expression }
  | {
      readonly type: 'slice';
      readonly start: Expression | undefined;
      readonly stop: Expression | undefined;
      readonly step: Expression | undefined;
    }
  | ({ readonly type: 'filter' | 'test'; readonly name: string; readonly value: Expression } & Arguments)
  | { readonly type: 'not'; readonly value: Expression }
  | { readonly type: 'unary'; readonly operator: '-' | '+'; readonly value: Expression }
  | {
      readonly type: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: 'compare';
      readonly first: Expression;
      readonly rest: readonly { readonly operator: string; readonly value: Expression }[];
    }
  | {
      readonly type: 'conditional';
      readonly condition: Expression;
      readonly value: Expression;
      readonly otherwise: Expression | undefined;
    };

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly value: Expression }
  | {
      readonly type: 'for';
      readonly target: Target;
      readonly items: Expression;
      readonly condition: Expression | undefined;
      readonly recursive: boolean;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly type: 'if';
      readonly branches: readonly { readonly condition: Expression; readonly body: readonly Node[] }[];
      readonly otherwise: readonly Node[];
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly type: 'setBlock';
      readonly target: Target;
      readonly value: Expression;
      readonly body: readonly Node[];
    }
  | { readonly type: 'filterBlock'; readonly value: Expression; readonly body: readonly Node[] }
  | {
      readonly type: 'with';
      readonly values: readonly { readonly target: Target; readonly value: Expression }[];
      readonly body: readonly Node[];
    }
  | ({ readonly type: 'macro'; readonly name: string; readonly body: readonly Node[] } & MacroParts)
  | ({ readonly type: 'callBlock'; readonly call: Call; readonly body: readonly Node[] } & MacroParts)
  | { readonly type: 'scope'; readonly body: readonly Node[] }
  | { readonly type: 'break' | 'continue' };
