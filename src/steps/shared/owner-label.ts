import type { HostView } from '../../host/host.ts'

/** The owner label of a step as a file name, unique to the step. */
export function ownerFileName({ ownerLabel }: HostView): string {
  return ownerLabel.replaceAll('/', '.')
}

/** The host with owner label and saved originals of another step of the run, PHASE/STEP. */
export function asStep<Kind extends HostView>(step: string, host: Kind): Kind {
  const ofThatStep = (text: string) => text.replace(/[^/]+\/[^/]+$/, step)
  return { ...host, ownerLabel: ofThatStep(host.ownerLabel), originals: ofThatStep(host.originals) }
}

/** The variables of scratch-servers.sh, which labels everything that it creates. */
export function scratchOf(image: string, host: HostView) {
  return { image, scratch: `reinstate.scratch=${host.ownerLabel}` }
}

/** Repository prefix of the images that steps keep: `reinstate-kept/<run>/<phase>/<step>:<container>`. */
export const KEPT_IMAGES = 'reinstate-kept'

/** The repository in which this step keeps images. The ids of an owner label are valid in image names. */
export function keptImage({ ownerLabel }: HostView): string {
  return `${KEPT_IMAGES}/${ownerLabel}`
}
