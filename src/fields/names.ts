import { z } from 'zod'

/** The full name of a Docker volume: `vividwalls_n8n_db_20261121`. */
export const volumeName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/, {
    error: 'must be a volume name: letters, digits, "_", "." and "-", beginning with a letter or digit',
  })
  .refine((name) => !/^[0-9a-f]{64}$/.test(name), {
    error: 'is the name of an anonymous volume; give it a name',
  })
  .meta({ title: 'volume', description: 'The full name of a Docker volume' })

/** A Compose project, as for `docker compose -p`. */
export const projectName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
    error:
      'must be a Compose project: lower-case letters, digits, "_" and "-", beginning with a letter or digit',
  })
  .meta({ title: 'project', description: 'The name of a Compose project' })

/** A service of a Compose file. */
export const serviceName = z
  .string()
  .regex(/^[a-zA-Z0-9._][a-zA-Z0-9._-]{0,62}$/, {
    error: 'must be a service name: letters, digits, ".", "_" and "-", not beginning with "-"',
  })
  .meta({ title: 'service', description: 'The name of a service in a Compose file' })

/** `user`, `user:group`, `1000` or `1000:1000`. Default group: the one with the user's name or number. */
export const owner = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_-]{0,31}(:[a-z0-9_][a-z0-9_-]{0,31})?$/, {
    error: 'must be user or user:group, by name or number',
  })
  .transform((text) => {
    const [user = '', group = user] = text.split(':')
    return { user, group }
  })
  .meta({ title: 'owner', description: 'user or user:group, by name or number' })

/** A container name, as `docker ps` shows it. */
export const containerName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, {
    error: 'must be a container: letters, digits, "_", "." and "-", beginning with a letter or digit',
  })
  .meta({ title: 'container', description: 'The name of a container' })

/** An image, as for `docker run`. */
export const imageName = z
  .string()
  .regex(/^[a-z0-9][a-zA-Z0-9._:/@-]{0,254}$/, { error: 'must be an image, such as postgres:17' })
  .meta({ title: 'image', description: 'An image, such as postgres:17' })

/** The name and tag of an image that is built or pushed: `shop:1.4.0`, `registry.example.org:5000/shop:1.4.0`. */
export const imageTag = z
  .string()
  .max(255)
  .regex(
    /^(?:[a-zA-Z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
    { error: 'must be an image with its tag, such as shop:1.4.0' },
  )
  .refine((name) => !name.startsWith('reinstate-kept/'), {
    error: 'is a name for images that steps keep; choose another',
  })
  .meta({ title: 'image and tag', description: 'An image with its tag, such as shop:1.4.0' })

/** The full name of a Docker network. */
export const networkName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, {
    error: 'must be a network: letters, digits, "_", "." and "-", beginning with a letter or digit',
  })
  .refine((name) => !['bridge', 'host', 'none'].includes(name), { error: 'is a built-in network of Docker' })
  .meta({ title: 'network', description: 'The full name of a Docker network' })
