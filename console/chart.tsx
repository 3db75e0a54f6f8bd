/** Lines over time, in the style sheet's colours, light or dark. */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Line {
  readonly label: string
  /** Name of a colour of the style sheet, such as `--accent`. */
  readonly colour: string
  readonly style: 'line' | 'dashed' | 'marks'
}

export interface Scale {
  /** The ends of the vertical axis, from the smallest and the largest value. */
  readonly range: (min: number, max: number) => [number, number]
  /** Where the grid has lines; uPlot's choice where absent. */
  readonly splits?: (min: number, max: number) => number[]
  readonly text: (value: number) => string
}

interface Props {
  /** What the chart shows, as a sentence with its last values, for screen readers. */
  readonly label: string
  /** Keep the same object while the lines stay the same: another object draws the chart anew. */
  readonly lines: readonly Line[]
  readonly scale: Scale
  readonly atMs: readonly number[]
  /** One row per line; null where it has no value. */
  readonly values: readonly (readonly (number | null)[])[]
}

const heightPx = 240
const wholeSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400]

export function Chart({ label, lines, scale, atMs, values }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const isDark = useSyncExternalStore(onScheme, () => darkScheme.matches)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const made = new uPlot(optionsOf(lines, scale, element), [[], ...lines.map(() => [])], element)
    chart.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [lines, scale, isDark])
  // After the effect above, so that a new chart gets its data too.
  useEffect(() => {
    chart.current?.setData([atMs.map((ms) => ms / 1_000), ...values.map((row) => [...row])])
  }, [atMs, values, lines, scale, isDark])
  return <div ref={box} className="chart" role="img" aria-label={label} />
}

function optionsOf(lines: readonly Line[], scale: Scale, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
  const { splits } = scale
  return {
    width: element.clientWidth,
    height: heightPx,
    // The last label of the time axis sticks out by half its width.
    padding: [null, 40, null, null],
    cursor: { y: false },
    scales: { y: { range: (_, min, max) => scale.range(min, max) } },
    axes: [
      { ...axis, space: 90, incrs: wholeSeconds, values: (_, at) => at.map((s) => new Date(s * 1_000).toLocaleTimeString()) },
      {
        ...axis,
        size: 64,
        values: (_, at) => at.map(scale.text),
        ...(splits ? { splits: (_: uPlot, __: number, min: number, max: number) => splits(min, max) } : {}),
      },
    ],
    legend: { markers: { dash: (chart, at) => (chart.series[at]?.dash ? 'dashed' : 'solid') } },
    series: [
      { label: 'Time', value: pointedAt((s) => new Date(s * 1_000).toLocaleTimeString()) },
      ...lines.map(({ label, colour: name, style }) => ({
        label,
        stroke: colour(name),
        width: 2,
        value: pointedAt(scale.text),
        ...styles[style],
      })),
    ],
  }
}

/** A line's value in the legend: at the pointer, else the last one; empty without a value there. */
const pointedAt =
  (text: (value: number) => string) =>
  (chart: uPlot, _: number | null, line: number, at: number | null): string => {
    const row = chart.data[line]
    const value = row?.[at ?? row.length - 1]
    return value == null ? '' : text(value)
  }

/** A single value makes no line. It is drawn as a point, or the chart would look empty. */
const isAlone = (chart: uPlot, line: number): boolean =>
  [...(chart.data[line] ?? [])].filter((value) => value != null).length === 1

const styles: Readonly<Record<Line['style'], Partial<uPlot.Series>>> = {
  line: { points: { show: isAlone } },
  dashed: { dash: [6, 4], points: { show: isAlone } },
  marks: { paths: () => null, points: { show: true, size: 8 } },
}

const darkScheme = matchMedia('(prefers-color-scheme: dark)')

function onScheme(changed: () => void): () => void {
  darkScheme.addEventListener('change', changed)
  return () => darkScheme.removeEventListener('change', changed)
}
