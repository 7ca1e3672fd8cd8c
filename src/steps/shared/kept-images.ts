import type { HostView } from '../../host/host.ts'

/** Where the images are named that steps keep: `reinstate-kept/<run>/<phase>/<step>:<what>`. */
export const KEPT_IMAGES = 'reinstate-kept'

/** The name under which this step keeps images, without a tag. A mark is made of ids, which an image's name may hold. */
export function keptImage({ mark }: HostView): string {
  return `${KEPT_IMAGES}/${mark}`
}
