import { type FigureText, frame, type Panel } from './frame.ts';
import { element, group, round, text } from './markup.ts';
import { type Axis, domainOf, Plot, plot } from './plot.ts';
import { maxSeries, seriesColour, textWidth } from './theme.ts';

export interface Bar {
  readonly value: number;
  /** Interval around the value. */
  readonly low?: number;
  readonly high?: number;
}

export interface BarSeries {
  readonly name: string;
  /** One for each category; null for none. */
  readonly values: readonly (number | Bar | null)[];
  /** Grey: a reference for the others. */
  readonly quiet?: boolean;
}

export interface BarFacet {
  readonly title: string;
  readonly series: readonly BarSeries[];
}

export interface BarChart extends FigureText {
  /** The axis of the values, which the bars lie along. Default domain: from 0 to the greatest. */
  readonly value: Axis;
  /** From top to bottom. */
  readonly categories: readonly string[];
  /** Bars of each category, from top to bottom. */
  readonly series?: readonly BarSeries[];
  readonly facets?: readonly BarFacet[];
  readonly columns?: number;
  readonly width?: number;
}

const thickness = 15;

/**
 * Horizontal bars in groups, with their values, as an SVG file.
 *
 * @throws TypeError for no bars, more series than colours, or other numbers of values than of categories
 */
export function barChart(chart: BarChart): string {
  const { width = 760, categories, title } = chart;
  const facets = chart.facets ?? [{ title: '', series: chart.series ?? [] }];
  const all = facets.flatMap(({ series }) => series);
  const names = [...new Set(all.filter(({ quiet }) => !quiet).map(({ name }) => name))];
  if (all.length === 0 || categories.length === 0) throw new TypeError(`${title}: no bars`);
  if (names.length > maxSeries) throw new TypeError(`${title}: ${names.length} series, at most ${maxSeries}`);
  for (const { name, values } of all)
    if (values.length !== categories.length)
      throw new TypeError(`${title}: ${values.length} values of ${name}, ${categories.length} categories`);

  const columns = chart.columns ?? Math.min(2, facets.length);
  const panelWidth = (width - 32 - (columns - 1) * 14) / columns;
  const axis: Axis = { ...chart.value, domain: chart.value.domain ?? domainFor(chart.value, all) };
  const panels = facets.map((facet) => drawPanel(chart, facet, axis, names, panelWidth));
  const several = new Set(all.map(({ name }) => name)).size > 1;
  const legend = [...new Map(all.map((series) => [series.name, series])).values()].map(({ name, quiet }) => ({
    name,
    index: names.indexOf(name),
    quiet: quiet ?? false,
    mark: 'square' as const,
  }));
  return frame({ ...chart, width, columns, panels, legend: several ? legend : [] });
}

const asBar = (value: number | Bar | null) => (typeof value === 'number' ? { value } : value);

function domainFor(axis: Axis, series: readonly BarSeries[]): [number, number] {
  const values = series.flatMap(({ values }) =>
    values.flatMap((value) => {
      const bar = asBar(value);
      return bar ? [bar.value, bar.low ?? bar.value, bar.high ?? bar.value] : [];
    }),
  );
  const { numbers } = domainOf(axis, axis.scale === 'log' ? values : [0, ...values]);
  return [numbers![0], numbers![1]];
}

function drawPanel(
  chart: BarChart,
  facet: BarFacet,
  axis: Axis,
  names: readonly string[],
  width: number,
): Panel {
  const { categories } = chart;
  const rows = facet.series.length * thickness + 8;
  const height = categories.length * rows + 8 + (axis.label === '' ? 24 : 40);
  const base = axis.scale === 'log' ? axis.domain![0] : Math.max(0, axis.domain![0]);
  const bars = categories.flatMap((_, c) =>
    facet.series.flatMap(({ name, values, quiet = false }, s) => {
      const bar = asBar(values[c]!);
      const top = c * rows + 4 + s * thickness;
      return bar ? [{ ...bar, colour: seriesColour(names.indexOf(name), quiet), quiet, top }] : [];
    }),
  );
  const { format } = axis;
  const write = typeof format === 'function' ? format : (value: number) => formatNumber(value, format);
  const valueWidth = Math.max(0, ...bars.map(({ value }) => textWidth(write(value), 11)));
  const negative = bars.some(({ value }) => value < base);
  const labelWidth = Math.ceil(Math.max(...categories.map((name) => textWidth(name)))) + 4;
  const left = labelWidth + (negative ? valueWidth : 0);
  const rowsDomain: [number, number] = [categories.length * rows, 0];
  const plotted = plot({
    width: width - left,
    height,
    x: { ...axis, grid: true },
    y: { label: '', ticks: [], grid: false, domain: rowsDomain },
    xDomain: { numbers: axis.domain! },
    yDomain: { numbers: rowsDomain },
    marginRight: valueWidth + 12,
    marks: [Plot.ruleX([base], { stroke: 'var(--quiet)' })],
  });
  const within = (value: number) => Math.min(plotted.right, Math.max(plotted.left, plotted.x(value)));
  const marks = bars.map(({ value, low, high, colour, quiet, top }) => {
    const [from, to] = [Math.min(within(base), within(value)), Math.max(within(base), within(value))];
    const y = plotted.y(top);
    const interval = low !== undefined && high !== undefined;
    const ends =
      value < base ? [from, ...(interval ? [within(low)] : [])] : [to, ...(interval ? [within(high)] : [])];
    return [
      element('rect', {
        x: from,
        y: y + 1,
        width: to - from,
        height: thickness - 2,
        fill: colour,
        'fill-opacity': quiet ? '0.5' : undefined,
      }),
      interval ? intervalMarkup(within(low), within(high), y + thickness / 2) : '',
      text(value < base ? Math.min(...ends) - 5 : Math.max(...ends) + 5, y + 11.5, write(value), {
        class: 'quiet small halo',
        'text-anchor': value < base ? 'end' : undefined,
      }),
    ].join('');
  });
  const labels = categories.map((category, c) =>
    text(labelWidth, plotted.y(c * rows + rows / 2) + 4, category, { 'text-anchor': 'end' }),
  );
  const markup = labels.join('') + group(left, 0, plotted.markup + marks.join(''));
  return { markup, width, height, ...(facet.title !== '' && { title: facet.title }) };
}

function intervalMarkup(low: number, high: number, y: number): string {
  const d = `M${round(low)} ${y}H${round(high)}m0 -3v6M${round(low)} ${y - 3}v6`;
  return element('path', { d, stroke: 'var(--ink)', 'stroke-width': '1.2', fill: 'none' });
}

function formatNumber(value: number, format: string | undefined): string {
  const percent = /^\.?(\d*)%$/.exec(format ?? '');
  if (percent) return `${(value * 100).toFixed(Number(percent[1] || 0))}%`.replace('-', '−');
  const fixed = /^\.(\d+)f$/.exec(format ?? '');
  if (fixed) return value.toFixed(Number(fixed[1])).replace('-', '−');
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
