import { sh, type Script } from '../../shell/script.ts'
import { readEntries } from '../shared/env-sources.ts'
import { many, readFacts } from '../facts.ts'

const MOST_NAMES = 40

/** Prints which names of the file at `$path` the bytes that `make` prints add, change, drop and keep; no value is printed. */
export function compareNames(make: Script): Script {
  return sh`
if [ -f "$path" ]; then
  export LC_ALL=C
  { { ${make}; } | rank=wanted label= awk ${readEntries}; rank=there label= awk ${readEntries} < "$path"; } | awk ${compareEntries}
fi`
}

/** In words, such as `+ NEW, ~ CHANGED, - GONE; 5 as they are`. */
export function namesInWords(output: string): string {
  const { nameAdded, nameChanged, nameGone, nameKept } = readFacts(output, {
    nameAdded: many,
    nameChanged: many,
    nameGone: many,
    nameKept: many,
  })
  const signed = [
    ...nameAdded.map((name) => `+ ${name}`),
    ...nameChanged.map((name) => `~ ${name}`),
    ...nameGone.map((name) => `- ${name}`),
  ]
  const more = signed.length > MOST_NAMES ? ` and ${signed.length - MOST_NAMES} more` : ''
  const others = signed.length === 0 ? 'no value changes' : `${nameKept.length} as they are`
  return `${signed.slice(0, MOST_NAMES).join(', ')}${more}${signed.length === 0 ? '' : '; '}${others}`
}

// An entry is rank, label, whether it is unclear, name and value. Of a name that is there twice the last counts.
const compareEntries = String.raw`
BEGIN { FS = "\t" }
NF < 5 { next }
$1 == "wanted" { if (!($4 in wanted)) order[++count] = $4; wanted[$4] = $5 }
$1 == "there" { if (!($4 in there)) found[++number] = $4; there[$4] = $5 }
END {
  for (i = 1; i <= count; i++) {
    name = order[i]
    print (!(name in there) ? "nameAdded=" : there[name] == wanted[name] ? "nameKept=" : "nameChanged=") name
  }
  for (i = 1; i <= number; i++) if (!(found[i] in wanted)) print "nameGone=" found[i]
}`
