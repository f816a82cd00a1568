/** Axes, scales and marks of Observable Plot, as markup of a panel. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { element, round, serialize, text } from './markup.ts';
import { textWidth } from './theme.ts';

export interface Axis {
  readonly label: string;
  /** `point`: names at equal distances, in the order of the points. Default: `linear`. */
  readonly scale?: 'linear' | 'log' | 'symlog' | 'point';
  /** Default: from the values. Values outside are cut off at the edge. */
  readonly domain?: readonly [number, number];
  /** How many ticks, about, or which. */
  readonly ticks?: number | readonly number[];
  /** A format of d3, such as `.0%`, or a function. */
  readonly format?: string | ((value: number) => string);
  /** Whether lines go from the ticks through the panel. Default: those of y. */
  readonly grid?: boolean;
}

/** A value on an axis: a name where the scale is `point`. */
export type Coordinate = number | string;

/** A line across the panel at a value of interest, with a label. */
export interface Rule {
  readonly x?: number;
  readonly y?: number;
  readonly label?: string;
}

export interface Domain {
  readonly numbers?: readonly [number, number];
  readonly names?: readonly string[];
}

export interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly xDomain: Domain;
  readonly yDomain: Domain;
  readonly marginRight?: number;
  readonly marks: readonly Plot.Markish[];
  readonly rules?: readonly Rule[];
}

export interface Plotted {
  readonly markup: string;
  /** The frame that the marks are in, in pixels. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** The pixel of a value. */
  readonly x: (value: Coordinate) => number;
  readonly y: (value: Coordinate) => number;
}

export { Plot };

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * The domain of an axis: the one it names, or that of the values.
 *
 * @throws TypeError for values that the scale cannot show
 */
export function domainOf(axis: Axis, values: Iterable<Coordinate>): Domain {
  const all = [...values];
  if (axis.scale === 'point') return { names: [...new Set(all.map(String))] };
  const numbers = all.map((value) => {
    if (typeof value === 'string') throw new TypeError(`${axis.label}: "${value}" needs an axis of names`);
    return value;
  });
  if (axis.domain) return { numbers: axis.domain };
  let [low, high] = [Infinity, -Infinity];
  for (const value of numbers) {
    if (!Number.isFinite(value)) throw new TypeError(`${axis.label}: ${value} cannot be drawn`);
    if (axis.scale === 'log' && value <= 0)
      throw new TypeError(`${axis.label}: ${value} on a logarithmic axis`);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) throw new TypeError(`${axis.label}: no values`);
  return { numbers: low === high ? [low - 0.5, high + 0.5] : [low, high] };
}

/** Whether a value is on the axis: marks are not cut through at its ends, but drawn or not. */
export function inside({ domain }: Axis, value: Coordinate): boolean {
  return domain === undefined || typeof value === 'string' || (value >= domain[0] && value <= domain[1]);
}

function scaleOptions({ scale = 'linear', domain }: Axis, { numbers, names }: Domain): Plot.ScaleOptions {
  if (names) return { type: 'point', domain: names, padding: 0.4 };
  return { type: scale, domain: numbers!, nice: domain === undefined };
}

/**
 * The ticks of an axis, about `count`. Logarithmic axes have powers of ten, and where there are fewer than four of those, 2 and 5 times these as
 * well.
 */
function ticksOf({ scale, ticks, domain }: Axis, { numbers }: Domain, count: number): number | number[] {
  if (ticks !== undefined) return typeof ticks === 'number' ? ticks : [...ticks];
  if (scale !== 'log' || !numbers) return count;
  const [from, to] = [Math.floor(Math.log10(numbers[0])), Math.ceil(Math.log10(numbers[1]))];
  const step = Math.ceil((to - from) / 8);
  const powers = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  const factors = to - from < 3 ? [1, 2, 5] : [1];
  // Read from text, because 10 ** -5 differs from 1e-5 in its last digit.
  const all = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  const [low, high] = domain ?? [Number(`1e${from}`), Number(`1e${to}`)];
  return all.filter((value) => value >= low && value <= high);
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number of a logarithmic axis: 0.01, 1,000, 10⁶. */
function formatPower(value: number): string {
  const power = Math.log10(value);
  if (Math.abs(power) < 3.5 || !Number.isInteger(Math.round(power * 1e6) / 1e6))
    return value.toLocaleString('en', { maximumSignificantDigits: 3 });
  const digits = [...String(Math.abs(Math.round(power)))].map((digit) => superscripts[Number(digit)]!);
  return `10${power < 0 ? '⁻' : ''}${digits.join('')}`;
}

function axisOptions(axis: Axis, ticks: number | number[]): Plot.AxisXOptions & Plot.AxisYOptions {
  const format = axis.format ?? (axis.scale === 'log' ? formatPower : undefined);
  return {
    label: null,
    tickSize: 4,
    stroke: 'var(--rule)',
    fill: 'var(--quiet)',
    fontSize: 11,
    ...(axis.scale !== 'point' && { ticks }),
    ...(format !== undefined && { tickFormat: format as string }),
  };
}

/** Draws axes and marks. The left margin is as wide as the labels of the y axis need. */
export function plot(options: PlotOptions): Plotted {
  const first = draw(options, 40);
  const labels = [...first.node.querySelectorAll('[aria-label="y-axis tick label"] text')];
  const widest = Math.max(0, ...labels.map((label) => textWidth(label.textContent ?? '', 11)));
  const left = Math.ceil(widest) + 12;
  return place(options, left, draw(options, left).node);
}

function margins({ height, width, y, x, marginRight = 12 }: PlotOptions) {
  return {
    right: width - marginRight,
    top: y.label === '' ? 8 : 24,
    bottom: height - (x.label === '' ? 24 : 40),
  };
}

function draw(options: PlotOptions, left: number) {
  const { width, height, x, y, xDomain, yDomain, marks } = options;
  const { right, top, bottom } = margins(options);
  const xTicks = ticksOf(x, xDomain, Math.max(3, Math.round((right - left) / 75)));
  const yTicks = ticksOf(y, yDomain, Math.max(3, Math.round((bottom - top) / 45)));
  const drawn = Plot.plot({
    document,
    width,
    height,
    marginLeft: left,
    marginRight: width - right,
    marginTop: top,
    marginBottom: height - bottom,
    x: scaleOptions(x, xDomain),
    y: scaleOptions(y, yDomain),
    marks: [
      ...(y.grid === false ? [] : [Plot.gridY({ stroke: 'var(--rule)', strokeOpacity: 1, ticks: yTicks })]),
      ...(x.grid ? [Plot.gridX({ stroke: 'var(--rule)', strokeOpacity: 1, ticks: xTicks })] : []),
      Plot.axisY({ ...axisOptions(y, yTicks), tickSize: 0 }),
      Plot.axisX(axisOptions(x, xTicks)),
      ...marks,
    ],
  });
  return { node: drawn };
}

function place(options: PlotOptions, left: number, node: ReturnType<typeof Plot.plot>): Plotted {
  const { x, y, rules = [] } = options;
  const frame = { left, ...margins(options) };
  const [xScale, yScale] = [node.scale('x')!, node.scale('y')!];
  const ids = new Map<string, string>();
  // Plot numbers its ids through all figures of a process.
  const id = (name: string) => {
    if (!ids.has(name)) ids.set(name, `clip-${ids.size}`);
    return ids.get(name)!;
  };
  const parts = Array.from(node.childNodes, (child) => serialize(child, id));
  if (y.label) parts.push(text(0, 11, y.label, { class: 'quiet small', 'text-anchor': 'start' }));
  if (x.label) {
    const middle = (frame.left + frame.right) / 2;
    parts.push(text(middle, frame.bottom + 36, x.label, { class: 'quiet small' }));
  }
  const plotted = {
    ...frame,
    x: (value: Coordinate) => Number(xScale.apply(value)),
    y: (value: Coordinate) => Number(yScale.apply(value)),
  };
  for (const rule of rules) parts.push(ruleMarkup(rule, plotted));
  return { ...plotted, markup: element('g', { 'text-anchor': 'middle' }, parts.join('')) };
}

function ruleMarkup(rule: Rule, { left, right, top, bottom, x, y }: Omit<Plotted, 'markup'>): string {
  const vertical = rule.x !== undefined;
  const at = vertical ? x(rule.x!) : y(rule.y!);
  const path = element('path', {
    d: vertical ? `M${round(at)} ${top}V${bottom}` : `M${left} ${round(at)}H${right}`,
    stroke: 'var(--quiet)',
    'stroke-dasharray': '2 3',
    fill: 'none',
  });
  if (rule.label === undefined) return path;
  if (!vertical) {
    const place = { class: 'quiet small halo', 'text-anchor': 'end' };
    return path + text(right - 2, at - 4, rule.label, place);
  }
  // To the right of the line if there is room for it.
  const fits = at + textWidth(rule.label, 11) + 6 < right;
  const place = { class: 'quiet small halo', 'text-anchor': fits ? 'start' : 'end' };
  return path + text(at + (fits ? 4 : -4), top + 10, rule.label, place);
}
