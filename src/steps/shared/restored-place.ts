import { absolutePath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import type { Effect } from '../step-kind.ts'

/** Fields that name a restored place, of which an audit serves a scratch copy. */
export const restoredFields = {
  volume: volumeName.optional().meta({ description: 'A restored volume that no container uses' }),
  path: absolutePath
    .optional()
    .meta({ description: 'Alternative to volume: a restored directory that no container uses' }),
}

interface RestoredPlace {
  readonly volume?: string | undefined
  readonly path?: string | undefined
}

/** Cross-field validation; returns the problem, or undefined. */
export function restoredProblem({ volume, path }: RestoredPlace): string | undefined {
  return (volume === undefined) === (path === undefined) ? 'needs either volume: or path:' : undefined
}

/** The restored place as what a step reads; undefined where the step names none. */
export function restoredPlace({
  volume,
  path,
}: RestoredPlace): (Effect & { readonly how: 'reads' }) | undefined {
  if (path !== undefined) return { how: 'reads', what: 'path', name: path }
  return volume === undefined ? undefined : { how: 'reads', what: 'volume', name: volume }
}

/** What an audit reads that compares a restored place with its backup. */
export function restoredEffects({
  backup,
  image,
  ...place
}: RestoredPlace & { readonly backup: string; readonly image: string }): readonly Effect[] {
  return [
    { how: 'reads', what: 'path', name: backup },
    { how: 'reads', what: 'image', name: image },
    ...[restoredPlace(place) ?? []].flat(),
  ]
}

/** `volume shop_db`, `directory /srv/shop/pg`. */
export function describeRestored({ volume, path }: RestoredPlace): string {
  return path === undefined ? `volume ${volume}` : `directory ${path}`
}
