/** An input that was neither read nor refused. */
export interface Finding {
  readonly reader: string;
  readonly seed: number;
  readonly index: number;
  readonly kind: string;
  readonly text: string;
  readonly count: number;
}

/** What a run did. */
export interface Log {
  readonly node: string;
  readonly seeds: readonly number[];
  readonly seconds: number;
  readonly inputs: number;
  readonly findings: readonly Finding[];
  readonly readers: readonly {
    readonly name: string;
    readonly inputs: number;
    readonly values: number;
    readonly refused: number;
    /** Branches that ran. */
    readonly branches: number;
    /** Inputs that showed something new. */
    readonly corpus: number;
  }[];
}

/** The log of jobs that ran side by side, and of `joined`, which read all that showed something new to them. */
export function mergeLogs(logs: readonly Log[], joined: Log): Log {
  const sum = (of: (log: Log) => number) => logs.reduce((all, log) => all + of(log), 0);
  return {
    node: logs[0]!.node,
    seeds: logs.flatMap(({ seeds }) => seeds),
    seconds: Math.max(...logs.map(({ seconds }) => seconds)),
    inputs: sum(({ inputs }) => inputs),
    findings: logs.flatMap(({ findings }) => findings),
    readers: logs[0]!.readers.map(({ name }, r) => ({
      name,
      inputs: sum(({ readers }) => readers[r]!.inputs),
      values: sum(({ readers }) => readers[r]!.values),
      refused: sum(({ readers }) => readers[r]!.refused),
      branches: joined.readers[r]!.branches,
      corpus: joined.readers[r]!.corpus,
    })),
  };
}

export function tableOf({ node, seeds, seconds, inputs, findings, readers }: Log): string {
  const [first, last] = [seeds[0]!, seeds.at(-1)!];
  const seedText = first === last ? `seed ${first}` : `seeds ${first} to ${last}`;
  const n = (value: number) => value.toLocaleString('en');
  return [
    `Node ${node}, ${seedText}, ${n(seconds)} s, ${n(inputs)} inputs, ${findings.length} findings`,
    '',
    '| reader | inputs | values | refused | branches |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...readers.map(
      (one) =>
        `| ${one.name} | ${n(one.inputs)} | ${n(one.values)} | ${n(one.refused)} | ${n(one.branches)} |`,
    ),
    '',
    ...findings.map(
      ({ reader, seed, index, kind, count, text }) =>
        `- ${reader} ${seed} ${index}: ${kind} (${count}) ${text.split('\n')[0]}`,
    ),
  ].join('\n');
}
