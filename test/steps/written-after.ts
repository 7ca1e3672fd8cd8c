import type { Leftover } from '../../src/steps/step-kind.ts'

/** A place that others write to after a step, and that its undo must keep and name. */
export interface WrittenPlace {
  readonly name: string
  /** A script of the writer, between the step and its undo. It writes the mark. */
  readonly write: string
  /** The place where the data may stay without a leftover that names it: where it was before the step. */
  readonly isWellAt?: string
}

/** The mark that writers write, by which the data is found again. */
export const WRITTEN = 'written-after-the-step'

/** Appends the mark to a file in a container. */
export const inContainer = (container: string, file: string) =>
  `docker exec ${container} sh -c 'mkdir -p ${file.replace(/\/[^/]*$/, '/')}; echo ${WRITTEN} >> ${file}'`

export const PLACES = '/srv /root /backup /var/lib/reinstate/originals'

/** Removes what an earlier writer or undo left. */
export const FORGET = `
rm -rf /var/lib/reinstate/originals/*
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep ^reinstate-kept/ | xargs -r docker rmi -f > /dev/null`

/** Prints a line per place that holds the mark: a path, a volume, a container or an image. */
export const FIND = String.raw`
grep -rlsF ${WRITTEN} ${PLACES}
for volume in $(docker volume ls -q); do
  ! grep -rqsF ${WRITTEN} "/var/lib/docker/volumes/$volume/_data" || echo "volume $volume"
done
for container in $(docker ps -a --format '{{.Names}}'); do
  ! docker export "$container" | grep -aqF ${WRITTEN} || echo "container $container"
done
for image in $(docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v ^testbed/); do
  container=$(docker create --entrypoint sh "$image")
  ! docker export "$container" | grep -aqF ${WRITTEN} || echo "image $image"
  docker rm "$container" > /dev/null
done
exit 0`

/** The found places that no leftover names, without those where the data was before the step. */
export function unnamed(
  found: readonly string[],
  leftovers: readonly Leftover[],
  isWellAt?: string,
): readonly string[] {
  const words = leftovers
    .map(({ what, why }) => `${what} ${why}`.replace(/[;,]/g, ' '))
    .join(' ')
    .split(/\s+/)
  return found.filter((place) => {
    const name = place.split(' ').at(-1) ?? place
    // A directory names what is in it.
    const isNamed = words.some((word) => word === name || (word.length > 4 && name.startsWith(`${word}/`)))
    return !isNamed && !(isWellAt !== undefined && (place === isWellAt || place.startsWith(`${isWellAt}/`)))
  })
}
