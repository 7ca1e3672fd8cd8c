import { countOf } from '../format.ts'
import type { Evidence } from '../step-kind.ts'
import { formatBytes } from '../format.ts'

interface Audited {
  readonly files: number
  readonly bytes: number
  /** Links, pipes and the like. */
  readonly others: number
  /** Entries of the manifest for other trees. */
  readonly outside?: string | undefined
  readonly version?: string | undefined
  readonly pageChecksums?: string | undefined
  readonly pages?: string | undefined
  readonly pagedFiles?: string | undefined
}

interface Grade {
  readonly grade: 'manifested' | 'self-consistent' | 'unproven'
  readonly strength: Evidence['strength']
  readonly what: string
  readonly notProven: string
}

/** The grade of an audit that found no damage, and what it does not prove. */
export function gradeOf(
  step: {
    readonly manifest?: string | undefined
    readonly postgres?: object | undefined
    readonly mariadb?: object | undefined
  },
  { files, bytes, others, outside = '0', version, pageChecksums, pages, pagedFiles }: Audited,
): Grade {
  const all = `${countOf(files, 'file')}, ${formatBytes(bytes)}`
  if (step.manifest !== undefined) {
    const links =
      others === 0 ? 'owners and modes' : `owners, modes and ${countOf(others, 'link')} or the like`
    return {
      grade: 'manifested',
      strength: 'proven',
      what:
        `${all}, exactly those listed in ${step.manifest}, with equal checksums` +
        (outside === '0' ? '' : ` (${outside} of its lines are for other directories)`) +
        (step.postgres ? `; PostgreSQL ${version}, shut down cleanly` : ''),
      notProven: `${links}, and that the list was made with the backup`,
    }
  }
  const engine = step.postgres ? 'PostgreSQL' : 'MariaDB'
  if (pageChecksums === 'on') {
    return {
      grade: 'self-consistent',
      strength: 'observed',
      what: `${engine} ${version}, shut down cleanly, ${pages} pages in ${pagedFiles} files with valid checksums`,
      notProven:
        'its rows, and files without page checksums ' +
        (step.postgres ? '(pg_xact, configuration)' : '(ibdata1, Aria tables, definitions)'),
    }
  }
  return {
    grade: 'unproven',
    strength: 'stated',
    what: step.postgres
      ? `PostgreSQL ${version}, shut down cleanly, but its page checksums are off`
      : step.mariadb
        ? `MariaDB ${version}, shut down cleanly; the image has no innochecksum`
        : `${all}, compared with nothing`,
    notProven: 'that any byte is unchanged since the backup was made',
  }
}

/** `3 days`, `5 hours`, `12 minutes`: rounded down. */
export function formatAge(seconds: number): string {
  if (seconds >= 86_400) return countOf(Math.floor(seconds / 86_400), 'day')
  if (seconds >= 3600) return countOf(Math.floor(seconds / 3600), 'hour')
  return seconds >= 60 ? countOf(Math.floor(seconds / 60), 'minute') : countOf(seconds, 'second')
}
