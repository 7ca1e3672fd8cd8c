import { userInfo } from 'node:os'

/** The login name of this process; in a container whose user has none, `user-` and its number. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user-${process.getuid?.() ?? 0}`
  }
}
