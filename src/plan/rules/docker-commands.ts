import { argumentsOf } from './arguments.ts'
import { bare } from './unwrap-command.ts'

/** `-v source:target`, or the same with --mount. */
interface InsideMount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** The container that Docker starts a command in. */
export interface Inside {
  /** The container or service as written; the image if the container is created for the command. */
  readonly name: string
  readonly mounts: readonly InsideMount[]
}

/** A parsed call of docker compose. */
export interface ComposeCall {
  readonly project?: string
  readonly files: readonly string[]
  readonly directory?: string
  readonly verb: string
  /** The words after the verb. */
  readonly words: readonly string[]
}

const GLOBAL_VALUED = /^(-[cHl]|--(context|host|config|log-level|tlscacert|tlscert|tlskey))$/
const COMPOSE_VALUED =
  /^(-[pf]|--(project-name|file|project-directory|env-file|profile|parallel|progress|ansi))$/
/** Options of run and exec without a value; any other takes the next word, unless its value is attached. */
const ALONE =
  /^(-[ditTPq]+|--(rm|init|privileged|read-only|publish-all|no-healthcheck|quiet|quiet-pull|detach|interactive|tty|no-tty|no-deps|service-ports|build|remove-orphans|use-aliases|oom-kill-disable|sig-proxy|no-TTY))$/
const ATTACHED = /^(-[euwvpmhlac].+|--[\w-]+=.*)$/s

/** Removes the global options of docker: `--context far stop web` becomes `stop web`. */
export function withoutGlobals(words: readonly string[]): readonly string[] {
  let at = 0
  for (; (words[at] ?? '').startsWith('-'); at += 1) if (GLOBAL_VALUED.test(words[at] ?? '')) at += 1
  return words.slice(at)
}

/** Returns the verb of docker and the words after it; `docker container stop` is `docker stop`. */
export function dockerVerb(command: { readonly name: string; readonly words: readonly string[] }): {
  readonly verb: string
  readonly words: readonly string[]
} {
  const { name, words } = command
  if (name !== 'docker' && name !== 'podman') return { verb: '', words: [] }
  const own = words[0] === 'container' ? words.slice(1) : words
  return { verb: own[0] ?? '', words: own.slice(1) }
}

/** Returns the images that a docker command removes; undefined if it removes none. */
export function removedImages({
  name,
  words,
}: {
  readonly name: string
  readonly words: readonly string[]
}): readonly string[] | undefined {
  if (name !== 'docker' && name !== 'podman') return undefined
  if (words[0] === 'rmi') return argumentsOf(words.slice(1)).plain
  const isLong = words[0] === 'image' && /^(rm|remove)$/.test(words[1] ?? '')
  return isLong ? argumentsOf(words.slice(2)).plain : undefined
}

/** Parses a call of docker compose; undefined for any other command. */
export function composeCall(command: {
  readonly name: string
  readonly words: readonly string[]
  readonly assignments: readonly string[]
  readonly passed: readonly string[]
}): ComposeCall | undefined {
  const { name } = command
  const isPlugin = name === 'docker' && command.words[0] === 'compose'
  if (name !== 'docker-compose' && !isPlugin) return undefined
  const words = isPlugin ? command.words.slice(1) : command.words
  const options = new Map<string, string[]>()
  let at = 0
  for (; (words[at] ?? '').startsWith('-'); at += 1) {
    const option = words[at] ?? ''
    const [, long, attached] = /^(--[\w-]+)=(.*)$/s.exec(option) ?? /^(-[pf])(.+)$/s.exec(option) ?? []
    if (long === undefined && !COMPOSE_VALUED.test(option)) continue
    if (long === undefined) at += 1
    const value = bare(attached ?? words[at] ?? '')
    const key = shortOf(long ?? option)
    options.set(key, [...(options.get(key) ?? []), value])
  }
  const fromEnvironment = [...command.assignments, ...command.passed]
    .map((one) => /^COMPOSE_PROJECT_NAME=(.*)$/s.exec(one)?.[1])
    .find((value) => value !== undefined)
  const project =
    options.get('-p')?.at(-1) ?? (fromEnvironment === undefined ? undefined : bare(fromEnvironment))
  const directory = options.get('--project-directory')?.at(-1)
  return {
    ...(project === undefined ? {} : { project }),
    ...(directory === undefined ? {} : { directory }),
    files: options.get('-f') ?? [],
    verb: words[at] ?? '',
    words: words.slice(at + 1),
  }
}

/** Returns the command that `docker run`, `docker exec` or docker compose starts in a container. */
export function startedInside(command: {
  readonly name: string
  readonly words: readonly string[]
}): { readonly words: readonly string[]; readonly inside: Inside } | undefined {
  const compose = composeCall({ ...command, assignments: [], passed: [] })
  const { verb, words } = compose ?? dockerVerb(command)
  if (verb !== 'run' && verb !== 'exec') return undefined
  const mounts: InsideMount[] = []
  let entry: readonly string[] = []
  let at = 0
  for (; (words[at] ?? '').startsWith('-'); at += 1) {
    const option = words[at] ?? ''
    if (ALONE.test(option)) continue
    const attached = ATTACHED.test(option)
    const value = bare(attached ? option.replace(/^(-[a-z]=?|--[\w-]+=)/, '') : (words[at + 1] ?? ''))
    const mount = /^(-v|--volume|--mount)/.test(option) ? mountOf(value) : undefined
    if (mount) mounts.push(mount)
    if (option.startsWith('--entrypoint')) entry = [value]
    if (!attached) at += 1
  }
  const name = words[at]
  const inner = [...entry, ...words.slice(at + 1)]
  return name === undefined ? undefined : { words: inner, inside: { name: bare(name), mounts } }
}

function mountOf(value: string): InsideMount | undefined {
  const parts = value.split(',')
  const option = (name: RegExp): string | undefined =>
    parts.find((part) => name.test(part))?.replace(/^[^=]*=/, '')
  const isLong = value.includes('=')
  const [first, second, options = ''] = value.split(':')
  const source = isLong ? option(/^(source|src)=/) : first
  const target = isLong ? option(/^(target|dst|destination)=/) : second
  const readOnly = isLong ? parts.some((part) => /^(readonly|ro)\b/.test(part)) : /\bro\b/.test(options)
  return source === undefined || target === undefined ? undefined : { source, target, readOnly }
}

function shortOf(option: string): string {
  return option === '--project-name' ? '-p' : option === '--file' ? '-f' : option
}
