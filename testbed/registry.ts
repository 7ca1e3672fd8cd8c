import type { TestHost } from './test-host.ts'

/** The address of the registry: engines accept one on the loopback interface without TLS. */
export const REGISTRY = '127.0.0.1:5000'

const REGISTRY_IMAGE = 'testbed/registry:2'

/** The user and password that a registry `withLogin` accepts. */
export const registryLogin = { user: 'builder', password: 'canary-r3gistry$password' }

// bcrypt of the password: the registry accepts no other hash.
const HTPASSWD = 'builder:$2b$05$FmEgEOr8fc03K/DxzMcuT.miO8Zae2XBi4ltg9Lbn7mGwKIJm4OJS'

/** Starts an empty registry on a test host, in place of an earlier one; it answers when this returns. @throws TestbedFailed */
export async function startRegistry(
  testHost: TestHost,
  options: { readonly withLogin?: boolean } = {},
): Promise<void> {
  await testHost.must(registryScript(options))
}

/** The same as a script. */
export function registryScript({ withLogin = false }: { readonly withLogin?: boolean } = {}): string {
  return `
docker rm -fv registry > /dev/null 2>&1
set -- --name registry -p ${REGISTRY}:5000
if ${withLogin}; then
  mkdir -p /etc/testbed-registry
  printf '%s\\n' '${HTPASSWD}' > /etc/testbed-registry/htpasswd
  set -- "$@" -v /etc/testbed-registry:/auth:ro -e REGISTRY_AUTH=htpasswd -e REGISTRY_AUTH_HTPASSWD_REALM=testbed \\
    -e REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd
fi
docker run -d "$@" ${REGISTRY_IMAGE} > /dev/null
timeout 30 sh -c 'until curl -s -o /dev/null http://${REGISTRY}/v2/; do sleep 0.1; done'`
}
