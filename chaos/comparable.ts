/** The differences between two machines with the same history: names, keys and random values. */
const OF_ONE_MACHINE =
  /^file (\/etc\/(hosts|hostname|resolv\.conf|ssh\/ssh_host_\S+)|\S*\/\.ssh\/authorized_keys) /
const TOKEN = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/**
 * Makes a fingerprint comparable with another machine's: removes names, keys, and the ids of containers and of images that
 * a run kept. Leaves out the contents of volumes: the files of databases contain times, those of proxies certificates.
 * Their rows are compared instead.
 */
export function comparable(fingerprint: string): string {
  const lines = fingerprint.replaceAll(TOKEN, 'TOKEN').split('\n')
  return lines
    .filter((line) => !OF_ONE_MACHINE.test(line))
    .map((line) =>
      line
        .replace(/^(container .*?) \| id [0-9a-f]+/, '$1')
        .replace(/^image [0-9a-f]+ \| tags (reinstate-kept\/.*)/, 'image kept | tags $1')
        .replace(/^(volume .*?) \| contents .*/, '$1'),
    )
    .toSorted()
    .join('\n')
}
