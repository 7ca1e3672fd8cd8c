import { describe, expect, it } from 'vitest'
import { foldersOf } from '../../src/init/data.ts'
import type { Inspection } from '../../src/init/inspection.ts'
import { candidatesOf } from '../../src/init/places.ts'
import { placesOf } from '../../src/init/places.ts'
import type { SurveyedContainer, SurveyedVolume } from '../../src/init/survey.ts'

/** A container of project shop in /srv/shop, with `source:target` as Compose writes mounts. */
function container(mounts: readonly string[], other: Partial<SurveyedContainer> = {}): SurveyedContainer {
  return {
    ...{
      id: '0',
      name: 'shop-app-1',
      image: 'shop:1',
      project: 'shop',
      service: 'app',
      oneOff: 'False',
      stack: '',
    },
    ...{ files: '/srv/shop/compose.yaml', directory: '/srv/shop', environmentFile: '', hash: '' },
    ...{ id: '', exitCode: 0, policy: 'no', hasHealthCheck: false },
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
  ...{ name, driver: 'local', options: 0, device: '', at: `/var/lib/docker/volumes/${name}/_data`, project },
})

/** Returns what is restored, with its mounts, and the notes on the rest. */
function divide(containers: readonly SurveyedContainer[], volumes: readonly SurveyedVolume[] = []) {
  const own = containers.filter(({ project }) => project === 'shop')
  const all = new Map(volumes.map((one) => [one.name, one]))
  const candidates = candidatesOf(own, all)
  const { places, left, shared } = placesOf(candidates, {
    found: { engine: { security: [], swarm: 'inactive' }, containers, volumes: all, networks: new Set() },
    // Names with a dot are files.
    inspected: {
      directory: candidates.map(({ at }) => at).filter((at) => !/\.[a-z]+$/.test(at)),
      gone: [],
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

describe('placesOf', () => {
  it('restores volumes and directories of the project, each once', () => {
    const two = ['shop_db:/db', '/srv/shop/uploads:/uploads', '/srv/shop/app.conf:/etc/app.conf']
    expect(divide([container(two), container(two, { name: 'shop-app-2' })], [volume('shop_db')])).toEqual({
      restored: ['/srv/shop/uploads at app:/uploads', 'shop_db at app:/db'],
      left: [],
    })
  })
  it('does not restore the directory of the project, but a directory in it', () => {
    const { restored, left } = divide([container(['/srv/shop:/code', '/srv/shop/uploads:/code/uploads'])])
    expect(restored).toEqual(['/srv/shop/uploads at app:/code/uploads'])
    expect(left).toEqual([expect.stringMatching(/^service app has \/srv\/shop of the host at \/code, /)])
  })
  it('restores a directory and those mounted from inside it as one, also read-only ones', () => {
    const web = container(['/srv/shop/data/public:/public:ro'], { service: 'web' })
    expect(divide([container(['/srv/shop/data:/data', '/srv/shop/data/in:/in']), web])).toEqual({
      restored: [
        '/srv/shop/data at app:/data',
        '/srv/shop/data in at app:/in',
        '/srv/shop/data public at web:/public',
      ],
      left: [],
    })
  })
  it.each([
    ['/storage:/data', 'directly under /'],
    ['/backup:/backup', 'the backup is there'],
    ['/backup/shop:/mine', 'the backup is there'],
    ['/backup/shop/db:/mine', 'the backup is there'],
    ['/srv/blog/files:/files', 'in the directory of project blog'],
    ['/mnt/media:/films', 'container films'],
    ['blog_data:/data', 'volume blog_data belongs to project blog'],
    ['shared:/data', 'container blog-web-1 of project blog'],
  ])('does not restore what others use, or what cannot be restored: %s', (mount, why) => {
    const blog = container(['shared:/s'], {
      ...{ name: 'blog-web-1', project: 'blog', service: 'web', directory: '/srv/blog' },
    })
    const films = container(['/mnt/media/films:/media'], { name: 'films', project: '', directory: '' })
    const found = divide(
      [container([mount]), blog, films],
      [volume('blog_data', 'blog'), volume('shared', '')],
    )
    expect(found.restored).toEqual([])
    expect(found.left.join('\n')).toContain(why)
  })
  it('restores what others only read, or mount as part of more, and notes them', () => {
    const copier = container(['/srv:/srv', 'shop_db:/db:ro'], { name: 'copier', project: '', directory: '' })
    expect(divide([container(['shop_db:/db', '/srv/shop/up:/up']), copier], [volume('shop_db')])).toEqual({
      restored: ['/srv/shop/up at app:/up', 'shop_db at app:/db'],
      left: [],
      shared: [
        expect.stringMatching(/^directory \/srv\/shop\/up .* container copier/),
        expect.stringMatching(/^volume shop_db .* container copier/),
      ],
    })
  })
  it('treats containers of earlier runs as the same stack', () => {
    const old = container(['shop_db:/db', '/srv/shop/up:/up'], { project: 'shop-1', stack: 'shop' })
    const now = container(['shop_db:/db', '/srv/shop/up:/up'])
    expect(divide([old, now], [volume('shop_db')]).left).toEqual([])
  })
})

describe('foldersOf', () => {
  const a = { live: '/srv/shop/a/data', whole: '/srv/shop/a/data', called: 'a-data', alternative: 'data' }
  const b = { live: '/srv/shop/b/data', whole: '/srv/shop/b/data', called: 'b-data', alternative: 'data' }
  const names = (...of: Parameters<typeof foldersOf>) => foldersOf(...of).map(({ name }) => name)

  it('uses a folder that fits two places for none', () => {
    expect(names([a, b], ['data'])).toEqual(['a-data', 'b-data'])
    expect(foldersOf([a, b], ['data']).some(({ there }) => there)).toBe(false)
    expect(foldersOf([a, b], ['a-data', 'b-data']).every(({ there }) => there)).toBe(true)
  })
  it('distinguishes a volume and a directory of one name', () => {
    const volume = { live: 'shop_data', whole: 'shop_data', called: 'data' }
    const directory = { live: '/srv/shop/data', whole: '/srv/shop/data', called: 'data', alternative: 'data' }
    expect(names([volume, directory], [])).toEqual(['shop_data', 'srv-shop-data'])
    expect(names([volume, directory], ['data', 'shop_data'])).toEqual(['shop_data', 'srv-shop-data'])
  })
  it('prefers the key of a volume to the base name of a directory', () => {
    const volume = { live: 'shop_data', whole: 'shop_data', called: 'data' }
    expect(names([volume, a], ['data'])).toEqual(['data', 'a-data'])
  })
  it('accepts the short and the long name', () => {
    const volume = { live: 'shop_db', whole: 'shop_db', called: 'db' }
    expect(names([volume], [])).toEqual(['db'])
    expect(foldersOf([volume], ['shop_db'])).toEqual([{ name: 'shop_db', there: true }])
    expect(names([a], ['data'])).toEqual(['data'])
  })
})
