import type { HostView } from '../../host/host.ts'
import { lines, type Script } from '../../shell/script.ts'
import { inSubshells, shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once } from '../facts.ts'
import { scratchOf } from './owner-label.ts'

interface Proof {
  readonly from: string
  /** A list in the format of sha256sum. */
  readonly manifest?: string | undefined
  /** Whether a missing list is damage. */
  readonly isManifestWanted: boolean
  readonly postgres?: { readonly image: string } | undefined
  readonly mariadb?: { readonly image: string } | undefined
}

/** Reads each file of a backup once: sums, and the database in it with the programs of an image. Prints `proofFacts`. */
export function proofScript(
  { from, manifest, isManifestWanted: isWanted, postgres, mariadb }: Proof,
  host: HostView,
): Script {
  return lines(
    shellFile('shared/backup-files.sh', { from }),
    ...(manifest === undefined ? [] : [inSubshells(sumsScript({ from, manifest, isWanted }))]),
    ...(postgres ? [inSubshells(readerScript('postgres', { from, image: postgres.image }, host))] : []),
    ...(mariadb ? [inSubshells(readerScript('mariadb', { from, image: mariadb.image }, host))] : []),
  )
}

/** What `proofScript` prints. `wrong` is the damage; `manifested` is there if the sums were compared. */
export const proofFacts = {
  ...{ now: amount, files: amount, bytes: amount, newest: amount, others: amount, wrong: many },
  ...{ manifested: maybe, outside: maybe, version: maybe },
  ...{ pageChecksums: maybe, pages: maybe, pagedFiles: once.optional() },
}

function sumsScript({
  from,
  manifest,
  isWanted,
}: {
  readonly from: string
  readonly manifest: string
  readonly isWanted: boolean
}): Script {
  const place = manifest.slice(0, manifest.lastIndexOf('/'))
  return shellFile('shared/sum-list.sh', {
    ...{ from, manifest, optional: isWanted ? 'no' : 'yes' },
    below: from.startsWith(`${place}/`) ? `${from.slice(place.length + 1)}/` : '',
    inside: manifest.startsWith(`${from}/`) ? manifest.slice(from.length + 1) : '',
  })
}

const READERS = {
  postgres: { reader: 'shared/postgres-reader.sh', inside: 'shared/postgres-reader-inside.sh' },
  mariadb: { reader: 'shared/mariadb-reader.sh', inside: 'shared/mariadb-reader-inside.sh' },
} as const

function readerScript(
  engine: keyof typeof READERS,
  { from, image }: { readonly from: string; readonly image: string },
  host: HostView,
): Script {
  // --mount takes a line of CSV: a quoted field may hold any character.
  const mount = `type=bind,"source=${from.replaceAll('"', '""')}",target=/audited,readonly`
  const { reader, inside } = READERS[engine]
  return shellFile(reader, { ...scratchOf(image, host), from, mount, inside: textFile(inside) })
}
