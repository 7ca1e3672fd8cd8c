import type { HostView } from '../../host/host.ts'

/** The owner label of a step as the name of a file or folder: nobody else's is met there. */
export function ownName({ mark }: HostView): string {
  return mark.replaceAll('/', '.')
}
