import type { Rule } from './rule.ts'
import { mapIn, servicesOf, textsIn } from './sources.ts'

export const healthCheckWithoutTool: Rule = {
  id: 'R042',
  name: 'health-check-without-tool',
  severity: 'warning',
  title: 'A health check calls curl in an image that is likely to have none',
  why: 'Slim and alpine images come without curl: the container is unhealthy for ever, and whatever waits for its health never starts.',
  fix: 'Use wget in alpine, or the program itself: node -e, python -c, pg_isready.',
  example: {
    wrong: `healthcheck: { test: [CMD, curl, -f, "http://127.0.0.1:3000/health"] }`,
    right: `healthcheck: { test: [CMD, wget, -qO-, "http://127.0.0.1:3000/health"] }`,
  },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      const image = String(value['image'] ?? '')
      const test = textsIn(mapIn(value['healthcheck'])['test'])
      if (!isSmall(image) || !test.some((word) => /\bcurl\b/.test(word))) return []
      return {
        at: step,
        file,
        text: 'curl',
        message: `${service} is checked with curl, which ${image} is likely not to have`,
        hint: 'use wget, or the program itself',
      }
    }),
}

/** Whether an image says that it holds no more than its program: by its tag, or as one of alpine or distroless. */
function isSmall(image: string): boolean {
  const [name = '', tag = ''] = image.replace(/@.*$/, '').split(/:(?=[^/]*$)/)
  const folders = name.split('/')
  return (
    folders.at(-1) === 'alpine' ||
    folders.includes('distroless') ||
    tag.split(/[^a-z]+/i).some((word) => word === 'alpine' || word === 'slim')
  )
}
