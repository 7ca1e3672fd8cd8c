import { truncate } from '../../steps/format.ts'
import { took } from '../rendering/time.ts'
import { element, escaped } from './markup.ts'
import { timeScale } from './time-scale.ts'
import type { TimeScale } from './time-scale.ts'
import type { Bar, Timeline, TimelineRow } from './timeline.ts'
import { TIMELINE_STYLE } from './report-style.ts'

const WIDTH = 1080
const LABELS = 236
const TIMES = 76
const BARS = WIDTH - LABELS - TIMES
const TOP = 46
const ROW = { phase: 26, step: 18 } as const
const MAX_LABEL = { phase: 30, step: 34 } as const

/** The timeline as one SVG, readable by itself, in light and dark; nothing in it is loaded from elsewhere. */
export function timelinePicture(timeline: Timeline): string {
  const scale = timeScale(timeline)
  const x = (moment: number) => round(LABELS + scale.at(moment) * BARS)
  const tops = topsOf(timeline.rows)
  const bottom = TOP + timeline.rows.reduce((sum, { level }) => sum + ROW[level], 0)
  const content = [
    `<title>Timeline: ${timeline.rows.length} rows over ${took(timeline.to - timeline.from)}</title>`,
    `<style>${TIMELINE_STYLE}</style>`,
    HATCH,
    ...ticks(timeline, scale, { x, bottom }),
    ...timeline.downtimes.map(({ from, to, note }) =>
      element(
        'g',
        { class: 'rt-down' },
        [
          element(
            'rect',
            { x: x(from), y: TOP - 4, width: Math.max(2, x(to) - x(from)), height: bottom - TOP + 8 },
            tip(note),
          ),
          element(
            'text',
            { x: x(from), y: TOP - 30, 'text-anchor': x(from) > WIDTH - 300 ? 'end' : 'start' },
            escaped(note),
          ),
        ].join(''),
      ),
    ),
    ...timeline.rows.map((row, index) => rowMarkup(row, { y: tops[index] ?? TOP, x })),
    ...scale.cuts.map(({ from, to }) => cutMark({ from: x(from), to: x(to), lasted: to - from, bottom })),
    legend(timeline.rows, bottom + 40),
  ]
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${bottom + 56}`, class: 'rt', role: 'img' },
    content.join('\n'),
  )
}

type Place = (moment: number) => number

function rowMarkup(
  { label, level, bars, failures }: TimelineRow,
  { y, x }: { readonly y: number; readonly x: Place },
): string {
  const height = level === 'phase' ? 8 : 10
  const middle = y + ROW[level] / 2
  const [longest] = [...bars]
    .filter(({ look }) => look !== 'waits')
    .sort((one, other) => length(other) - length(one))
  return element(
    'g',
    { class: `rt-row rt-${level}` },
    [
      element(
        'text',
        { x: level === 'phase' ? 0 : 14, y: middle + 4 },
        escaped(truncate(label, MAX_LABEL[level])) + tip(label),
      ),
      ...bars.map((bar) => barMarkup(bar, { x, y: middle - height / 2, height })),
      ...failures.map((at) =>
        element('rect', { class: 'rt-fail', x: x(at) - 1.5, y: middle - 7, width: 3, height: 14 }),
      ),
      longest
        ? element('text', { class: 'rt-time', x: WIDTH, y: middle + 4 }, escaped(took(length(longest))))
        : '',
    ].join(''),
  )
}

function barMarkup(
  bar: Bar,
  { x, y, height }: { readonly x: Place; readonly y: number; readonly height: number },
): string {
  const width = Math.max(2, round(x(bar.to) - x(bar.from)))
  return element(
    'rect',
    {
      class: `rt-bar rt-is-${bar.look}${bar.open ? ' rt-open' : ''}`,
      x: x(bar.from),
      y,
      width,
      height,
      rx: Math.min(2, width / 2),
    },
    tip(`${bar.note} (${took(length(bar))})`),
  )
}

function ticks(
  { from }: Timeline,
  { ticks: moments }: TimeScale,
  { x, bottom }: { readonly x: Place; readonly bottom: number },
): string[] {
  let last = -Infinity
  return moments.map((moment) => {
    const at = x(moment)
    const line = element('line', { class: 'rt-tick', x1: at, x2: at, y1: TOP - 8, y2: bottom })
    if (at - last < 56) return line
    last = at
    return (
      line +
      element(
        'text',
        { class: 'rt-clock', x: at, y: TOP - 14 },
        escaped(moment === from ? '0' : took(moment - from)),
      )
    )
  })
}

/** An axis break over the whole height, with the time that is left out. */
function cutMark({
  from,
  to,
  lasted,
  bottom,
}: {
  readonly from: number
  readonly to: number
  readonly lasted: number
  readonly bottom: number
}): string {
  const middle = (from + to) / 2
  const stroke = (at: number) => element('path', { d: `M${at - 3} ${bottom + 5} l6 -10` })
  return element(
    'g',
    { class: 'rt-cut' },
    [
      element('rect', { x: round(from), y: TOP - 4, width: round(to - from), height: bottom - TOP + 4 }),
      stroke(middle - 3),
      stroke(middle + 3),
      element('text', { x: middle, y: bottom + 18 }, escaped(took(lasted))),
    ].join(''),
  )
}

const LEGEND: readonly (readonly [Bar['look'], string])[] = [
  ['proven', 'proven'],
  ['observed', 'observed'],
  ['stated', 'stated'],
  ['running', 'running'],
  ['waits', 'waits for a person'],
  ['failed', 'failed'],
  ['skipped', 'skipped'],
  ['undone', 'undone later'],
  ['undoing', 'undo'],
]

function legend(rows: readonly TimelineRow[], y: number): string {
  let at = 0
  const seen = new Set(rows.flatMap(({ bars }) => bars.map(({ look }) => look)))
  const entries = LEGEND.filter(([look]) => seen.has(look)).map(([look, word]) => {
    const begin = at
    at += 34 + word.length * 6.6
    return (
      element('rect', { class: `rt-bar rt-is-${look}`, x: begin, y: y - 9, width: 14, height: 10, rx: 2 }) +
      element('text', { x: begin + 19, y }, word)
    )
  })
  return element('g', { class: 'rt-legend' }, entries.join(''))
}

/** The top of each row. */
function topsOf(rows: readonly TimelineRow[]): number[] {
  let y = TOP
  return rows.map(({ level }) => {
    const top = y
    y += ROW[level]
    return top
  })
}

const HATCH =
  '<defs><pattern id="rt-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="rt-hatch-back" width="6" height="6"/><rect class="rt-hatch-line" width="2" height="6"/></pattern></defs>'

function tip(text: string): string {
  return `<title>${escaped(text)}</title>`
}

function length({ from, to }: Bar): number {
  return to - from
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
