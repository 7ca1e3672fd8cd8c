import type { HostView } from '../../host/host.ts'

/** The owner label of a step as the name of a file or folder: nobody else's is met there. */
export function ownerFileName({ ownerLabel }: HostView): string {
  return ownerLabel.replaceAll('/', '.')
}

/** The variables of scratch-servers.sh: what it makes carries the label. */
export function scratchOf(image: string, host: HostView) {
  return { image, scratch: `reinstate.scratch=${host.ownerLabel}` }
}

/** Where the images are named that steps keep: `reinstate-kept/<run>/<phase>/<step>:<what>`. */
export const KEPT_IMAGES = 'reinstate-kept'

/** The name under which this step keeps images, without a tag. An owner label is made of ids, which an image's name may hold. */
export function keptImage({ ownerLabel }: HostView): string {
  return `${KEPT_IMAGES}/${ownerLabel}`
}
