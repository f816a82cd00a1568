export { barChart } from './bar-chart.ts';
export { heatmap } from './heatmap.ts';
export { type LinePoint, lineChart } from './line-chart.ts';
export { scatterPlot } from './scatter-plot.ts';
