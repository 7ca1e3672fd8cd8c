import { asWritten } from './as-written.ts'
import { guestbook } from './guestbook.ts'
import { vividwalls } from './vividwalls.ts'

const HELP = `npm run demo [-- --yes] [-- --keep] [-- --guestbook | --as-written]

Restores the broken VividWalls on a throw-away server: a container with its own sshd and Docker engine. Meanwhile a client
writes all the time. Two neighbouring stacks must stay unchanged. Nothing outside the container is touched.

  --yes         answers each decision and prints what it approves; default: you are asked
  --keep        leaves the server and Temporal running at the end, and says how to look at them and remove them
  --guestbook   a small stack instead: 20 seconds
  --as-written  first runs the commands of the source plan on a server made for that, and shows what they destroy; then
                restores the same stack with reinstate
`

const DEMOS = { '--guestbook': guestbook, '--as-written': asWritten } as const
const words = process.argv.slice(2)
const known = ['--yes', '--keep', ...Object.keys(DEMOS)]
const wrong =
  words.some((word) => !known.includes(word)) ||
  (words.includes('--guestbook') && words.includes('--as-written'))
if (words.includes('--help') || wrong) {
  process.stdout.write(HELP)
  process.exit(words.includes('--help') ? 0 : 2)
}
const demo = words.includes('--as-written')
  ? asWritten
  : words.includes('--guestbook')
    ? guestbook
    : vividwalls
process.exit(await demo({ yes: words.includes('--yes'), keep: words.includes('--keep') }))
