import { partsOf } from './fingerprint-line.ts'

/** Lists the differences of two fingerprints: "new …", "gone …", "changed …: mode 755 → mode 700". */
export function diffFingerprints(before: string, after: string): readonly string[] {
  const [old, now] = [bySubject(before), bySubject(after)]
  const gone = [...old].filter(([subject]) => !now.has(subject)).map(([, line]) => `gone ${line}`)
  const fresh = [...now].filter(([subject]) => !old.has(subject)).map(([, line]) => `new ${line}`)
  const changed = [...now].flatMap(([subject, line]) => {
    const earlier = old.get(subject)
    return earlier === undefined || earlier === line ? [] : [`changed ${subject}: ${changes(earlier, line)}`]
  })
  return [...gone, ...changed, ...fresh]
}

function changes(before: string, after: string): string {
  const [old, now] = [partsOf(before).facts, partsOf(after).facts]
  const lost = old.filter((fact) => !now.includes(fact))
  const won = now.filter((fact) => !old.includes(fact))
  return `${lost.join(', ') || 'nothing'} → ${won.join(', ') || 'nothing'}`
}

function bySubject(fingerprint: string): ReadonlyMap<string, string> {
  return new Map(fingerprint.split('\n').map((line) => [partsOf(line).subject, line]))
}
