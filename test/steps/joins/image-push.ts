import { imagePush } from '../../../src/steps/image-push/index.ts'
import { registryLogin, registryScript } from '../../../testbed/registry.ts'
import type { Joined } from '../contract.ts'
import { FORGET_IMAGES } from './image-build.ts'

/** An image with one small layer, so that a push is quick. */
export const SMALL_IMAGE = `printf 'FROM scratch\\nLABEL small=%s\\n' yes | docker build -q -t shop:1 - > /dev/null`

const fields = { image: 'shop:1', to: '127.0.0.1:5000/team/shop:1' }

export const joined: Joined = {
  kind: imagePush,
  cases: [
    {
      name: 'with a login',
      fields: {
        ...fields,
        login: { user: registryLogin.user, password: `\${{ secrets.${registryLogin.password} }}` },
      },
      arrange: `${FORGET_IMAGES}\n${registryScript({ withLogin: true })}\n${SMALL_IMAGE}`,
      inside: true,
    },
    {
      name: 'that has the name on the host',
      fields,
      arrange: `${FORGET_IMAGES}\n${registryScript()}\n${SMALL_IMAGE}\ndocker tag shop:1 ${fields.to}`,
    },
  ],
}
