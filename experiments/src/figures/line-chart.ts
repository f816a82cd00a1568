import { defaultColumns, type FigureText, frame, type LegendEntry, type Panel } from './frame.ts';
import { text } from './markup.ts';
import { type Axis, type Coordinate, domainOf, inside, Plot, type Plotted, plot, type Rule } from './plot.ts';
import { maxSeries, seriesColour, symbols, textWidth } from './theme.ts';

export interface LinePoint {
  readonly x: Coordinate;
  /** Null leaves a gap. */
  readonly y: number | null;
  /** Interval around y, such as the least and the most over the seeds. */
  readonly low?: number;
  readonly high?: number;
}

export interface LineSeries {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** Grey and dashed: a reference for the others. */
  readonly quiet?: boolean;
}

export interface LineFacet {
  readonly title: string;
  readonly series: readonly LineSeries[];
  readonly rules?: readonly Rule[];
}

export interface LineChart extends FigureText {
  readonly x: Axis;
  readonly y: Axis;
  /** Lines of a figure with one panel. A name has the same colour in all facets. */
  readonly series?: readonly LineSeries[];
  /** Panels next to each other instead, with the same axes. */
  readonly facets?: readonly LineFacet[];
  readonly rules?: readonly Rule[];
  /** How intervals are drawn; default: as bands, as bars where x are names. */
  readonly intervals?: 'bands' | 'bars';
  /** Whether each facet has a y axis of its own values. Default: false. */
  readonly freeY?: boolean;
  /** Whether points have marks; default: on lines of at most 24 points. */
  readonly marks?: boolean;
  /** Panels in a row; default: at most 3. */
  readonly columns?: number;
  /** Of the figure, in pixels; default 760. */
  readonly width?: number;
  /** Of a panel, in pixels; default 320, with facets 220. */
  readonly height?: number;
}

/**
 * Lines over an axis, one or more panels, as an SVG file. Lines of many points are drawn by the first, last, least and greatest of every four pixels.
 *
 * @throws TypeError for no series, more than there are colours, or values that the axes cannot show
 */
export function lineChart(chart: LineChart): string {
  const { width = 760, series, rules } = chart;
  const facets = chart.facets ?? [{ title: '', series: series ?? [], ...(rules && { rules }) }];
  const all = facets.flatMap((facet) => facet.series);
  const names = [...new Set(all.map(({ name, quiet }) => (quiet ? '' : name)))].filter((name) => name !== '');
  if (all.length === 0) throw new TypeError(`${chart.title}: no series`);
  if (names.length > maxSeries)
    throw new TypeError(`${chart.title}: ${names.length} series, at most ${maxSeries}`);

  const columns = chart.columns ?? defaultColumns(facets.length);
  const single = facets.length === 1;
  const panelWidth = (width - 32 - (columns - 1) * 14) / columns;
  const panelHeight = chart.height ?? (single ? 320 : 220);
  const xDomain = domainOf(
    chart.x,
    all.flatMap(({ points }) => points.map(({ x }) => x)),
  );
  const yDomain = domainOf(chart.y, valuesOf(all));
  const draw = (facet: LineFacet, marginRight: number) =>
    plot({
      width: panelWidth,
      height: panelHeight,
      x: chart.x,
      y: chart.y,
      xDomain,
      yDomain: chart.freeY ? domainOf(chart.y, valuesOf(facet.series)) : yDomain,
      marginRight,
      marks: facet.series.flatMap((one) => seriesMarks(chart, one, names.indexOf(one.name), panelWidth)),
      rules: [...(facet.rules ?? []), ...(single || !rules ? [] : rules)],
    });

  if (single) {
    const labelled = directLabels(facets[0]!.series, names, (margin) => draw(facets[0]!, margin));
    if (labelled)
      return frame({
        ...chart,
        width,
        columns,
        panels: [panel(labelled, panelWidth, panelHeight, undefined)],
      });
  }
  const panels = facets.map((facet) =>
    panel(draw(facet, 12).markup, panelWidth, panelHeight, single ? undefined : facet.title),
  );
  const legend = all.length > 1 ? legendOf(all, names) : [];
  return frame({ ...chart, width, columns, panels, legend });
}

function panel(markup: string, width: number, height: number, title: string | undefined): Panel {
  return { markup, width, height, ...(title !== undefined && { title }) };
}

function valuesOf(series: readonly LineSeries[]): number[] {
  return series.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low, high].filter((value) => typeof value === 'number')),
  );
}

function legendOf(series: readonly LineSeries[], names: readonly string[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>();
  for (const { name, quiet = false } of series)
    entries.set(name, { name, index: names.indexOf(name), quiet, mark: quiet ? 'dash' : 'line' });
  return [...entries.values()];
}

function seriesMarks(chart: LineChart, series: LineSeries, index: number, pixels: number): Plot.Markish[] {
  const { quiet = false } = series;
  const colour = seriesColour(index, quiet);
  const points = thin(series.points, Math.floor(pixels / 4));
  const intervals = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  const bars = (chart.intervals ?? (chart.x.scale === 'point' ? 'bars' : 'bands')) === 'bars';
  const clip = chart.y.domain !== undefined || chart.x.domain !== undefined;
  const marks: Plot.Markish[] = [];
  if (intervals.length > 0 && bars)
    marks.push(
      Plot.ruleX(intervals, {
        x: 'x',
        y1: 'low',
        y2: 'high',
        stroke: colour,
        strokeWidth: 4,
        strokeOpacity: 0.35,
        clip,
      }),
    );
  else if (intervals.length > 0)
    marks.push(
      Plot.areaY(intervals, { x: 'x', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.15, clip }),
    );
  marks.push(
    Plot.line(points, {
      x: 'x',
      y: 'y',
      stroke: colour,
      strokeWidth: quiet ? 1.5 : 2,
      strokeLinejoin: 'round',
      ...(quiet && { strokeDasharray: '5 3' }),
      clip,
    }),
  );
  if ((chart.marks ?? series.points.length <= 24) && !quiet)
    marks.push(
      Plot.dot(
        points.filter(({ x, y }) => inside(chart.x, x) && y !== null && inside(chart.y, y)),
        { x: 'x', y: 'y', fill: colour, r: 3, symbol: symbols[index % symbols.length]! },
      ),
    );
  return marks;
}

/** Names at the ends of the lines, if all end at the right edge and are far enough apart; undefined otherwise. */
function directLabels(
  series: readonly LineSeries[],
  names: readonly string[],
  draw: (marginRight: number) => Plotted,
): string | undefined {
  const widest = Math.max(...series.map(({ name }) => textWidth(name)));
  if (series.length === 1 || widest > 190) return undefined;
  const plotted = draw(Math.ceil(widest) + 18);
  const labels = series.map(({ name, points, quiet }) => {
    const last = points.at(-1);
    const ends = last !== undefined && last.y !== null && plotted.right - plotted.x(last.x) < 40;
    const at = ends ? plotted.y(last.y!) : Number.NaN;
    return { name, quiet, x: ends ? plotted.x(last.x) : 0, wanted: at, at };
  });
  if (labels.some(({ at }) => !(at >= plotted.top - 1 && at <= plotted.bottom + 1))) return undefined;
  labels.sort((a, b) => a.at - b.at);
  spread(labels, 15, plotted.top, plotted.bottom);
  if (labels.some(({ at, wanted }) => Math.abs(at - wanted) > 45)) return undefined;
  const markup = labels.map(({ name, quiet, x, at }) =>
    text(Math.max(x, plotted.right - 12) + 9, at + 4, name, {
      fill: seriesColour(names.indexOf(name), quiet),
      'font-weight': '600',
    }),
  );
  return plotted.markup + markup.join('');
}

/** Moves sorted positions apart, each to at least `distance` of the next, within the bounds where they fit. */
function spread(labels: { at: number }[], distance: number, low: number, high: number): void {
  labels.forEach((label, i) => {
    label.at = Math.max(label.at, i === 0 ? low + 4 : labels[i - 1]!.at + distance);
  });
  for (let i = labels.length - 1; i >= 0; i--) {
    const limit = i === labels.length - 1 ? high : labels[i + 1]!.at - distance;
    labels[i]!.at = Math.min(labels[i]!.at, limit);
  }
}

/** At most four points for each of `buckets` stretches of the line: the first, last, least and greatest. */
function thin(points: readonly LinePoint[], buckets: number): readonly LinePoint[] {
  if (points.length <= 4 * buckets) return points;
  const kept: LinePoint[] = [];
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * points.length) / buckets);
    const to = Math.floor(((b + 1) * points.length) / buckets);
    const indices = new Set([from, to - 1]);
    const by = (better: (a: number, b: number) => boolean) => {
      let best = from;
      for (let i = from; i < to; i++) if (better(points[i]!.y ?? 0, points[best]!.y ?? 0)) best = i;
      return best;
    };
    indices.add(by((a, b) => a < b)).add(by((a, b) => a > b));
    for (const i of [...indices].sort((a, b) => a - b)) kept.push(points[i]!);
  }
  return kept;
}
