import { describe, expect, it } from 'vitest'
import { ambiguitiesOf, foldersOf } from '../../src/init/folders.ts'
import type { Inspection } from '../../src/init/inspection.ts'
import { candidatesOf } from '../../src/init/mounts.ts'
import { placesOf } from '../../src/init/places.ts'
import type { SurveyedContainer, SurveyedVolume } from '../../src/init/survey.ts'

/** A container of project shop in /srv/shop, with `source:target` as Compose writes mounts. */
function container(mounts: readonly string[], other: Partial<SurveyedContainer> = {}): SurveyedContainer {
  return {
    ...{ name: 'shop-app-1', image: 'shop:1', project: 'shop', service: 'app', oneOff: 'False', stack: '' },
    ...{ files: '/srv/shop/compose.yaml', directory: '/srv/shop', environmentFile: '', hash: '' },
    ...{ status: 'running', network: 'shop_default', ports: null, variables: [], settings: {} },
    mounts: mounts.map((text) => {
      const [source = '', target = '', mode] = text.split(':')
      const isVolume = !source.startsWith('/')
      return {
        ...{ Type: isVolume ? 'volume' : 'bind', Name: isVolume ? source : '', RW: mode !== 'ro' },
        ...{ Source: isVolume ? `/var/lib/docker/volumes/${source}/_data` : source, Destination: target },
      }
    }),
    ...other,
  }
}
const volume = (name: string, project = 'shop'): SurveyedVolume => ({
  ...{ name, driver: 'local', options: 0, at: `/var/lib/docker/volumes/${name}/_data`, project },
})

/** What is restored, with where it is seen, and what is said of the rest. */
function parted(containers: readonly SurveyedContainer[], volumes: readonly SurveyedVolume[] = []) {
  const own = containers.filter(({ project }) => project === 'shop')
  const all = new Map(volumes.map((one) => [one.name, one]))
  const candidates = candidatesOf(own, all)
  const { places, left, shared } = placesOf(candidates, {
    found: { engine: { security: [], swarm: 'inactive' }, containers, volumes: all },
    // Names with a dot are files.
    inspected: {
      directory: candidates.map(({ at }) => at).filter((at) => !/\.[a-z]+$/.test(at)),
    } as unknown as Inspection,
    ...{ name: 'shop', directory: '/srv/shop', backup: '/backup/shop' },
  })
  return {
    restored: places.flatMap(({ live, mounts }) =>
      mounts.map(
        ({ service, target, below }) => `${[live, below].filter(Boolean).join(' ')} at ${service}:${target}`,
      ),
    ),
    left: left.map(({ why }) => why),
    ...(shared.length > 0 && { shared }),
  }
}

describe('what a project mounts', () => {
  it('is restored where it is a volume or a directory of its own, each once', () => {
    const two = ['shop_db:/db', '/srv/shop/uploads:/uploads', '/srv/shop/app.conf:/etc/app.conf']
    expect(parted([container(two), container(two, { name: 'shop-app-2' })], [volume('shop_db')])).toEqual({
      restored: ['/srv/shop/uploads at app:/uploads', 'shop_db at app:/db'],
      left: [],
    })
  })
  it('is left as it is, with a word, where it is the project’s own directory; what lies in it is restored', () => {
    const { restored, left } = parted([container(['/srv/shop:/code', '/srv/shop/uploads:/code/uploads'])])
    expect(restored).toEqual(['/srv/shop/uploads at app:/code/uploads'])
    expect(left).toEqual([
      "service app has /srv/shop of the host at /code, which is the project's own directory or holds it: it is left as it is; what is to be restored of it needs a mount of its own",
    ])
  })
  it('moves as one where one directory is mounted out of another, that which is only read too', () => {
    const web = container(['/srv/shop/data/public:/public:ro'], { service: 'web' })
    expect(parted([container(['/srv/shop/data:/data', '/srv/shop/data/in:/in']), web])).toEqual({
      restored: [
        '/srv/shop/data at app:/data',
        '/srv/shop/data in at app:/in',
        '/srv/shop/data public at web:/public',
      ],
      left: [],
    })
  })
  it.each([
    [
      '/storage:/data',
      'which stands directly under /: it is left as it is; to be restored, it has to lie one deeper',
    ],
    ['/backup:/backup', 'where the backup is: it is left as it is'],
    ['/backup/shop:/mine', 'where the backup is: it is left as it is'],
    ['/backup/shop/db:/mine', 'where the backup is: it is left as it is'],
    ['/srv/blog/files:/files', 'which lies in the directory of project blog: it is left as it is'],
    ['/mnt/media:/films', 'and container films has it too: it is left as it is'],
    ['blog_data:/data', 'volume blog_data belongs to project blog: it is left as it is'],
    [
      'shared:/data',
      'volume shared is mounted by container blog-web-1 of project blog too: it is left as it is',
    ],
  ])('is left as it is where a restore would part it from others, or cannot be: %s', (mount, why) => {
    const blog = container(['shared:/s'], {
      ...{ name: 'blog-web-1', project: 'blog', service: 'web', directory: '/srv/blog' },
    })
    const films = container(['/mnt/media/films:/media'], { name: 'films', project: '', directory: '' })
    const found = parted(
      [container([mount]), blog, films],
      [volume('blog_data', 'blog'), volume('shared', '')],
    )
    expect(found.restored).toEqual([])
    expect(found.left.join('\n')).toContain(why)
  })
  it('is restored where others only read it, or have it as a part of more; that they keep the old one is said', () => {
    const copier = container(['/srv:/srv', 'shop_db:/db:ro'], { name: 'copier', project: '', directory: '' })
    expect(parted([container(['shop_db:/db', '/srv/shop/up:/up']), copier], [volume('shop_db')])).toEqual({
      restored: ['/srv/shop/up at app:/up', 'shop_db at app:/db'],
      left: [],
      shared: [
        'directory /srv/shop/up is seen by container copier too, and there stays the old one',
        'volume shop_db is seen by container copier too, and there stays the old one',
      ],
    })
  })
  it('is restored where it was restored before: the old containers, and those of other runs, are the same stack', () => {
    const old = container(['shop_db:/db', '/srv/shop/up:/up'], { project: 'shop-1', stack: 'shop' })
    const now = container(['shop_db:/db', '/srv/shop/up:/up'])
    expect(parted([old, now], [volume('shop_db')]).left).toEqual([])
  })
})

describe('the folders of a backup', () => {
  const a = { live: '/srv/shop/a/data', whole: '/srv/shop/a/data', called: 'a-data', or: 'data' }
  const b = { live: '/srv/shop/b/data', whole: '/srv/shop/b/data', called: 'b-data', or: 'data' }
  const names = (...of: Parameters<typeof foldersOf>) => foldersOf(...of).map(({ name }) => name)

  it('are never two places’ own: a folder that fits both is restored into none, and that is said', () => {
    expect(names([a, b], ['data'])).toEqual(['a-data', 'b-data'])
    expect(foldersOf([a, b], ['data']).some(({ there }) => there)).toBe(false)
    expect(ambiguitiesOf([a, b], ['data', 'other'])).toEqual([
      'the folder data of the backup fits 2 places, and is restored into none: call it a-data for /srv/shop/a/data, or b-data for /srv/shop/b/data',
    ])
    expect(foldersOf([a, b], ['a-data', 'b-data']).every(({ there }) => there)).toBe(true)
  })
  it('are told apart where a volume and a directory have one name', () => {
    const volume = { live: 'shop_data', whole: 'shop_data', called: 'data' }
    const directory = { live: '/srv/shop/data', whole: '/srv/shop/data', called: 'data', or: 'data' }
    expect(names([volume, directory], [])).toEqual(['shop_data', 'srv-shop-data'])
    expect(names([volume, directory], ['data', 'shop_data'])).toEqual(['shop_data', 'srv-shop-data'])
  })
  it('are a volume’s where it is the volume’s key, though a directory ends so', () => {
    const volume = { live: 'shop_data', whole: 'shop_data', called: 'data' }
    expect(names([volume, a], ['data'])).toEqual(['data', 'a-data'])
    expect(ambiguitiesOf([volume, a, b], ['data'])).toEqual([])
  })
  it('may have the short name or the long one', () => {
    const volume = { live: 'shop_db', whole: 'shop_db', called: 'db' }
    expect(names([volume], [])).toEqual(['db'])
    expect(foldersOf([volume], ['shop_db'])).toEqual([{ name: 'shop_db', there: true }])
    expect(names([a], ['data'])).toEqual(['data'])
  })
})
