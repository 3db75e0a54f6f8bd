/** E against its limit over time, on a log scale: the release goes back when the line is crossed. */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Look {
  readonly atMs: number
  readonly logE: number
  readonly logLimit: number
  readonly note: string | null
}

const heightPx = 220

export function EvidenceChart({ looks }: { readonly looks: readonly Look[] }) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const isEmpty = looks.length < 2
  useEffect(() => {
    const element = place.current
    if (!element || isEmpty) return
    const width = () => Math.max(280, element.clientWidth)
    const axis = { stroke: getComputedStyle(element).color, grid: { stroke: 'rgba(128,128,128,0.2)' } }
    const made = new uPlot(
      {
        width: width(),
        height: heightPx,
        scales: { y: { distr: 3 } },
        axes: [axis, axis],
        series: [{}, { label: 'E', stroke: '#2f6fde', width: 2 }, { label: 'limit', stroke: '#d0342c', dash: [6, 4] }],
      },
      [[], [], []],
      element,
    )
    chart.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: width(), height: heightPx }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [isEmpty])
  useEffect(() => {
    chart.current?.setData([
      looks.map(({ atMs }) => atMs / 1_000),
      looks.map(({ logE }) => Math.exp(Math.min(logE, 60))),
      looks.map(({ logLimit }) => Math.exp(logLimit)),
    ])
  }, [looks])
  if (isEmpty) return null
  const last = looks.at(-1)
  return (
    <figure>
      <figcaption>
        Evidence against the canary, look by look{last?.note ? ` (the last one did not count: ${last.note})` : ''}
      </figcaption>
      <div
        ref={place}
        className="chart"
        role="img"
        aria-label={`E is ${Math.exp(last?.logE ?? 0).toPrecision(3)} of ${Math.exp(last?.logLimit ?? 0).toPrecision(3)}`}
      />
    </figure>
  )
}
