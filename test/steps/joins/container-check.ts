import { containerCheck } from '../../../src/steps/container-check/index.ts'
import type { Joined } from '../contract.ts'

/** A container with awkward variables, two mounts and a user of its own. */
export const checkedContainer = `
mkdir -p /srv/site; docker volume create proven > /dev/null
docker run -d --name shop --stop-signal TERM --init --user 999 -v proven:/data -v "/srv/site:/si te:ro" -e EMPTY= \\
  -e 'AWKWARD=a$b"c'"'"'d\\e
second line ' --label com.docker.compose.project=shop --label com.docker.compose.service=web \\
  --label com.docker.compose.oneoff=False --entrypoint sleep testbed/postgres:17 1000 > /dev/null`

export const AWKWARD = `a$b"c'd\\e\nsecond line `

export const joined: Joined = {
  kind: containerCheck,
  cases: [
    {
      name: 'all that can be asked',
      fields: {
        project: 'shop',
        service: 'web',
        upFor: '1 second',
        environment: { AWKWARD, EMPTY: '' },
        user: 'postgres',
        mounts: { '/data': 'proven', '/si te': '/srv/site' },
        exec: { command: ['printf', '%s\\n', 'a b', '$HOME'], equals: 'a b\n$HOME' },
      },
      arrange: `${checkedContainer}; sleep 1.5`,
    },
  ],
}
