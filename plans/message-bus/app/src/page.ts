import type { Flow, Minute, Totals } from './flow.ts'

/** One page without scripts or outside resources. The browser loads it again every five seconds. */
export function pageOf({ at, totals, minutes, sizes, daemon, alerts }: Flow): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Message bus${alerts.length > 0 ? ` (${alerts.length})` : ''}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Message bus</h1><p>As of <time>${text(at)}</time></p></header>
<section aria-label="Alerts">${alertList(alerts)}</section>
${totals ? `${flowOf(totals)}${hourOf(minutes)}` : ''}
<div class="tables">
${
  totals
    ? tableOf(
        'Sizes',
        ['size', 'messages', 'bytes'],
        sizes.map((one) => [one.size_class, number(one.messages), bytes(one.bytes)]),
      )
    : ''
}
${
  totals
    ? tableOf(
        'Storage',
        ['what', 'value'],
        [
          ['bytes of the messages', bytes(totals.bytes)],
          ['bytes as stored', bytes(totals.stored_bytes)],
          ['largest message', bytes(totals.largest_bytes)],
          ['came inline', number(totals.inline)],
          ['removed after delivery', number(totals.removed_delivered)],
          ['removed before delivery', number(totals.removed_expired)],
        ],
      )
    : ''
}
${
  daemon
    ? tableOf(
        'Daemon',
        ['what', 'value'],
        [
          ['mode', daemon.mode],
          ['version', daemon.version],
          ['circuit breaker', daemon.breaker.state],
          ['times it opened', number(daemon.breaker.openings)],
          ['messages in the spool', number(daemon.spooled)],
          ['connections', number(daemon.connections)],
        ],
      )
    : ''
}
</div>
</body>
</html>
`
}

function alertList(alerts: readonly string[]): string {
  if (alerts.length === 0) return '<p class="ok">No alerts</p>'
  return `<ul class="alerts">${alerts.map((alert) => `<li>${text(alert)}</li>`).join('')}</ul>`
}

function flowOf({ messages, pending, delivered, observed, errors, damaged }: Totals): string {
  const stages: readonly (readonly [string, number, string])[] = [
    ['written', messages, 'by senders'],
    ['delivered', delivered, `${number(pending)} pending`],
    ['observed', observed, 'by the watcher'],
    ['errors', errors, `${number(damaged)} damaged`],
  ]
  const boxes = stages.map(
    ([name, count, below]) =>
      `<li id="${name}"><b>${number(count)}</b><span>${name}</span><small>${below}</small></li>`,
  )
  return `<section aria-label="Flow from sender to watcher"><ol class="flow">${boxes.join('')}</ol></section>`
}

const BAR = { width: 10, height: 80 }

/** A bar to each minute of the last hour. */
function hourOf(minutes: readonly Minute[]): string {
  const most = Math.max(1, ...minutes.map(({ messages }) => messages))
  const bars = minutes.map((minute, index) => {
    const height = (minute.messages / most) * BAR.height
    const title = `${minute.minute.toISOString().slice(11, 16)} UTC: ${number(minute.messages)} messages, ${bytes(minute.bytes)}, ${number(minute.errors)} errors`
    return `<rect x="${index * BAR.width}" y="${(BAR.height - height).toFixed(1)}" width="${BAR.width - 2}" height="${height.toFixed(1)}"${minute.errors > 0 ? ' class="error"' : ''}><title>${title}</title></rect>`
  })
  const sum = minutes.reduce((total, { messages }) => total + messages, 0)
  const last = minutes.at(-2)?.messages ?? 0
  return `<section aria-label="The last hour"><h2>The last hour</h2>
<p>${number(sum)} messages; ${number(last)} in the last full minute (${(last / 60).toFixed(1)} a second); at most ${number(most)} a minute</p>
<svg viewBox="0 0 ${minutes.length * BAR.width} ${BAR.height}" role="img" aria-label="Messages by minute">${bars.join('')}</svg></section>`
}

function tableOf(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'td' | 'th', row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`
  return `<section><h2>${title}</h2><table><thead>${cells('th', heads)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></section>`
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function bytes(value: number): string {
  if (value < 1024) return `${number(value)} bytes`
  const kilobytes = value / 1024
  return kilobytes < 1024 ? `${kilobytes.toFixed(1)} KB` : `${number(kilobytes / 1024)} MB`
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bad: #c22; --good: #2a7; --bar: #47c; }
body { font: 16px/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1rem; margin: 1rem 0 .4rem; } p { margin: .3rem 0; }
.ok { color: var(--good); } .alerts { border-left: 4px solid var(--bad); margin: .5rem 0; padding: .3rem 0 .3rem 1.6rem; }
.flow { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; list-style: none; padding: 0; }
.flow li { border: 1px solid var(--line); border-radius: 6px; padding: .7rem; display: flex; flex-direction: column; }
.flow b { font-size: 1.7rem; font-variant-numeric: tabular-nums; } .flow small { opacity: .7; }
svg { width: 100%; height: 6rem; border-bottom: 1px solid var(--line); } rect { fill: var(--bar); } rect.error { fill: var(--bad); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 1.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); }
td:not(:first-child), th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
`
