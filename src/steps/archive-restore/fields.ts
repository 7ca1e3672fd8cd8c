import { z } from 'zod'
import { absolutePath, writtenPath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import { password, secret } from '../../fields/secret.ts'
import { freshTargetFields } from '../shared/fresh-target.ts'
import { livePlace } from '../shared/live-difference.ts'
import type { Environment } from '../../shell/command.ts'
import type { Values } from '../step-kind.ts'

const inside = z
  .string()
  .regex(/^(?!-)[^\\[\]{}$`\u0000-\u001f\u007f]{1,1000}$/, { error: 'must be a path in the archive' })
  .refine((path) => path === '.' || !path.split('/').some((name) => ['', '.', '..'].includes(name)), {
    error:
      'must be a path in the archive without "//", "." and "..", such as backup/shop_db; "." is all of it',
  })
  .meta({
    title: 'path in the archive',
    description:
      'The directory in the archive whose content goes to the target, such as backup/shop_db, or a pattern that fits one, such as */shop_db. Default: the whole archive',
  })

const member = z.strictObject({
  from: inside.optional(),
  volume: volumeName.optional(),
  path: writtenPath.optional(),
  live: livePlace.optional(),
})
export type ArchiveMember = z.infer<typeof member>

export const fields = {
  archive: absolutePath.meta({
    description:
      'The archive on the host: tar, plain or compressed with gzip, zstd, xz or bzip2; it may be encrypted with gpg or age. Of an archive in parts, the first part: its name ends in .aa, .000 or .001',
  }),
  passphrase: password.optional().meta({
    description:
      'The passphrase of an archive that gpg encrypted, or of the private key in key: ${{ secrets.NAME }}. It goes through a pipe, and to no disk',
  }),
  key: secret.optional().meta({
    description:
      'The identity of age (AGE-SECRET-KEY-1…), or the private key of gpg, for which the archive was encrypted: ${{ secrets.NAME }}',
  }),
  from: inside.optional(),
  ...freshTargetFields,
  live: livePlace.optional().meta({
    title: 'volume or path',
    description:
      'The volume or directory that serves now. The evidence says how many of its files the archive lacks; only names, sizes and times are read. If the archive has no entry for the directory itself, the target gets the mode and owner of this one; without live:, the owner of what it holds',
  }),
  members: z.array(member).min(1).max(40).optional().meta({
    title: 'members',
    description:
      'Several targets from one archive, verified together: a list of from: with volume: or path:, and live: if wanted',
  }),
  linksOutside: z.enum(['refuse', 'keep']).default('refuse').meta({
    description:
      'What happens to a symbolic link that leads out of its target. refuse: the archive is refused. keep: the link is restored, and nothing is written through it. Default: refuse',
  }),
  maxRatio: z.int().min(1).max(1_000_000).default(250).meta({
    description:
      'The largest ratio of unpacked size to archive size. An archive above it is refused as a decompression bomb, unless it unpacks to 64 MiB or less. Default: 250',
  }),
}

export type Step = Values<typeof fields>

/** The environment of a script that reads the archive. */
export function archiveEnvironment({ passphrase, key }: Step): Environment {
  return {
    ...(passphrase && { REINSTATE_ARCHIVE_PASSPHRASE: passphrase }),
    ...(key && { REINSTATE_ARCHIVE_KEY: key }),
  }
}

/** The targets of a step with what goes to them; of a step without members:, its one. */
export function membersOf({
  from,
  volume,
  path,
  live,
  members,
}: Pick<Step, 'from' | 'volume' | 'path' | 'live' | 'members'>): readonly ArchiveMember[] {
  return members ?? [{ from, volume, path, live }]
}
