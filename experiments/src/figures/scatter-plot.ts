import { defaultColumns, type FigureText, frame, type LegendEntry, type Panel } from './frame.ts';
import { text } from './markup.ts';
import { type Axis, domainOf, inside, Plot, type Plotted, plot, type Rule } from './plot.ts';
import { maxSeries, seriesColour, symbols, textWidth } from './theme.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly label?: string;
}

export interface ScatterGroup {
  readonly name: string;
  readonly points: readonly ScatterPoint[];
  /** Whether a line connects the points in their order. Default: false. */
  readonly line?: boolean;
  /** Whether the points are drawn. Default: true, for lines of more than 40 points false. */
  readonly dots?: boolean;
  /** Grey and thin, and not in the legend. */
  readonly quiet?: boolean;
}

export interface ScatterFacet {
  readonly title: string;
  readonly groups: readonly ScatterGroup[];
  readonly rules?: readonly Rule[];
}

export interface ScatterPlot extends FigureText {
  readonly x: Axis;
  readonly y: Axis;
  readonly groups?: readonly ScatterGroup[];
  /** Panels next to each other instead, with the same axes. */
  readonly facets?: readonly ScatterFacet[];
  readonly rules?: readonly Rule[];
  readonly columns?: number;
  readonly width?: number;
  /** Of a panel, in pixels; default 420, with facets 250. */
  readonly height?: number;
  /** Radius of the points in pixels; default 4, with facets 3. */
  readonly radius?: number;
}

/**
 * Points, with labels that avoid each other, as an SVG file. Points outside the axes' domains are cut off, with their labels.
 *
 * @throws TypeError for no groups, more than there are colours, or values that the axes cannot show
 */
export function scatterPlot(chart: ScatterPlot): string {
  const { width = 760, rules = [] } = chart;
  const facets: readonly ScatterFacet[] = chart.facets ?? [{ title: '', groups: chart.groups ?? [] }];
  const all = facets.flatMap(({ groups }) => groups);
  const names = [...new Set(all.filter(({ quiet }) => !quiet).map(({ name }) => name))];
  if (all.length === 0) throw new TypeError(`${chart.title}: no groups`);
  if (names.length > maxSeries)
    throw new TypeError(`${chart.title}: ${names.length} groups, at most ${maxSeries}`);
  const columns = chart.columns ?? defaultColumns(facets.length);
  const panelWidth = (width - 32 - (columns - 1) * 14) / columns;
  const points = all.flatMap(({ points }) => points);
  const [xDomain, yDomain] = [
    domainOf(
      chart.x,
      points.map(({ x }) => x),
    ),
    domainOf(
      chart.y,
      points.map(({ y }) => y),
    ),
  ];
  const height = chart.height ?? (facets.length > 1 ? 250 : 420);
  const radius = chart.radius ?? (facets.length > 1 ? 3 : 4);
  const panels = facets.map((facet): Panel => {
    const plotted = plot({
      width: panelWidth,
      height,
      x: chart.x,
      y: chart.y,
      xDomain,
      yDomain,
      marks: facet.groups.flatMap((one) => groupMarks(chart, one, names.indexOf(one.name), radius)),
      rules: [...rules, ...(facet.rules ?? [])],
    });
    const labels = placeLabels(facet.groups, plotted, radius);
    return {
      markup: plotted.markup + labels,
      width: panelWidth,
      height,
      ...(facet.title && { title: facet.title }),
    };
  });
  const entries = [...new Map(all.filter(({ quiet }) => !quiet).map((one) => [one.name, one])).values()];
  const legend = entries.map(
    ({ name, line }): LegendEntry => ({ name, index: names.indexOf(name), mark: line ? 'line' : 'dot' }),
  );
  return frame({ ...chart, width, columns, panels, legend: legend.length > 1 ? legend : [] });
}

function groupMarks(chart: ScatterPlot, group: ScatterGroup, index: number, r: number): Plot.Markish[] {
  const { points, line = false, quiet = false } = group;
  const colour = quiet ? 'var(--rule)' : seriesColour(index);
  const marks: Plot.Markish[] = [];
  if (line)
    marks.push(
      Plot.line(points, {
        x: 'x',
        y: 'y',
        stroke: colour,
        strokeWidth: quiet ? 1 : 1.8,
        curve: 'linear',
        clip: true,
      }),
    );
  if (group.dots ?? (!line || points.length <= 40))
    marks.push(
      Plot.dot(
        points.filter(({ x, y }) => inside(chart.x, x) && inside(chart.y, y)),
        {
          x: 'x',
          y: 'y',
          r: line ? r * 0.6 : r,
          fill: colour,
          fillOpacity: 0.85,
          symbol: symbols[Math.max(0, index) % symbols.length]!,
        },
      ),
    );
  return marks;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Each label where it covers least of the points, of the labels before it and of what is outside. */
function placeLabels(groups: readonly ScatterGroup[], plotted: Plotted, radius: number): string {
  const { left, right, top, bottom } = plotted;
  const inside = groups.flatMap(({ points, quiet = false }) =>
    points
      .map(({ x, y, label }) => ({ x: plotted.x(x), y: plotted.y(y), label, quiet }))
      .filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom),
  );
  const labelled = inside.filter(({ label }) => label !== undefined);
  if (labelled.length === 0) return '';
  const taken: Box[] = inside.map(({ x, y }) => ({
    x: x - radius,
    y: y - radius,
    width: 2 * radius,
    height: 2 * radius,
  }));
  return labelled
    .map(({ x, y, label, quiet }) => {
      const width = textWidth(label!, 11);
      const box = (dx: number, dy: number): Box => ({ x: x + dx, y: y + dy - 9, width, height: 12 });
      const gap = radius + 3;
      const candidates = [
        box(gap, 4),
        box(-gap - width, 4),
        box(-width / 2, -gap),
        box(-width / 2, gap + 9),
        box(gap - 1, -gap + 2),
        box(gap - 1, gap + 7),
        box(-gap - width + 1, -gap + 2),
        box(-gap - width + 1, gap + 7),
      ];
      const cost = (one: Box) =>
        taken.reduce((sum, other) => sum + overlap(one, other), 0) +
        4 *
          (one.width * one.height -
            overlap(one, { x: left, y: top - 6, width: right - left + 10, height: bottom - top + 6 }));
      const best = candidates.reduce((a, b) => (cost(b) < cost(a) - 0.5 ? b : a));
      taken.push(best);
      return text(best.x, best.y + 9, label!, { class: quiet ? 'small halo quiet' : 'small halo' });
    })
    .join('');
}
