/** A port of a host, and who holds it. */
export interface HeldPort {
  /** Number and protocol: `8080/tcp`. */
  readonly port: string
  /** `container web`, `process nginx (812)`; empty where it is not known. */
  readonly holder: string
}

/** The reason behind a failure, and what to do about it. Plain text for people. */
export interface RootCause {
  readonly cause: string
  /** What to do, before a retry where one helps. */
  readonly advice: string
  /** False if a retry fails the same way until somebody decides otherwise. */
  readonly retryHelps?: false
  /** Of a port that is taken. */
  readonly takenPort?: HeldPort
  /** The line of the output that shows it; empty where only the exit status does. */
  readonly line: string
}

interface Known {
  readonly cause: string
  readonly shows: RegExp
  readonly advice: string
  readonly retryHelps?: false
}

const PORT_TAKEN = 'a port is taken'

/** In order of precedence: a full disk also breaks connections, and a killed process also fails others. */
const KNOWN: readonly Known[] = [
  {
    cause: 'the disk is full',
    shows: /no space left on device|ENOSPC/i,
    advice: 'find the full file system with df -h and df -i, free space there',
  },
  {
    cause: 'the disk quota is used up',
    shows: /disk quota exceeded|EDQUOT/i,
    advice: 'free space of this user or raise the quota',
  },
  {
    cause: 'the file system is read-only',
    shows: /read-only file system|EROFS/i,
    advice: 'check dmesg for errors of the disk; make the file system writable',
  },
  {
    cause: 'memory ran out',
    shows: /out of memory|oom[- ]kill|cannot allocate memory|ENOMEM/i,
    advice: 'find out who uses it with free -h and dmesg; free memory or raise the limit',
  },
  {
    cause: 'too many files are open',
    shows: /too many open files|EMFILE|ENFILE/i,
    advice: 'raise the limit of open files (ulimit -n, or nofile of the service)',
  },
  {
    cause: 'the database role lacks a permission',
    shows:
      /permission denied for (schema|table|relation|database|sequence|function|view)|must be (owner|superuser)/i,
    advice:
      'a retry uses the same role, because the plan is fixed in the run: grant the permission, or roll back and name a role that may read everything',
    retryHelps: false,
  },
  {
    cause: 'permission was denied',
    shows: /permission denied|EACCES|operation not permitted|EPERM/i,
    advice: 'check owner and mode of what the line names',
  },
  {
    cause: 'something else answers, or an old configuration',
    shows: /not from this run:/,
    advice:
      'reload the proxy that serves this address; if that does not help, find out with ss -ltnp and docker ps what else answers there',
  },
  {
    cause: PORT_TAKEN,
    shows: /address already in use|port is already allocated|EADDRINUSE/i,
    advice: 'find out who holds it with ss -ltnp and docker ps; ask its owner, stop it',
  },
  {
    cause: 'containers are still connected to the network',
    shows: /has active endpoints/i,
    advice:
      'find these containers with docker network inspect, ask their owners, disconnect them with docker network disconnect',
  },
  {
    cause: 'an image cannot be had',
    shows:
      /pull access denied|manifest unknown|manifest for \S+ not found|repository does not exist|no such image|unable to find image|toomanyrequests/i,
    advice: 'check name and tag; log in to the registry or load the image on the host',
  },
  {
    cause: 'a name cannot be resolved',
    shows:
      /temporary failure in name resolution|name or service not known|could not resolve host|could not translate host name|no such host|EAI_AGAIN|ENOTFOUND/i,
    advice: 'check the name and the DNS of the host',
  },
  {
    cause: 'a TLS certificate was not accepted',
    shows:
      /certificate (has expired|verify failed|signed by unknown|is not yet valid|is not trusted)|x509:|SSL certificate problem|self[- ]signed certificate|unable to get local issuer/i,
    advice: 'check the certificate, its dates and its names, and the clock of the host',
  },
  {
    cause: 'the Docker engine does not answer',
    shows: /cannot connect to the docker daemon/i,
    advice: 'check systemctl status docker, and start it',
  },
  {
    cause: 'a connection was refused',
    shows: /connection refused|ECONNREFUSED/i,
    advice: 'nothing listens there: check that the service runs and the address is right',
  },
  {
    cause: 'something with this name exists already',
    // Compose warns so of a volume, and goes on.
    shows: /already exists(?! but was not created)|EEXIST/i,
    advice:
      'ask who made it; if it belongs to somebody else, do not remove it, and choose rollback; a retry fails for as long as it exists',
    retryHelps: false,
  },
]

/** SIGKILL: by the kernel, or by anyone who stopped the process. */
const KILLED: RootCause = {
  cause: 'the process was killed (SIGKILL), most often because memory ran out',
  advice: 'check in dmesg whether the kernel did it; free memory or raise the limit',
  line: '',
}

/** The known cause that an output shows, or undefined. `exit` is the exit status as text, where there is one. */
export function rootCauseOf(output: string, exit?: string): RootCause | undefined {
  const lines = output.split('\n').map((line) => line.trim())
  for (const { shows, ...known } of KNOWN) {
    const line = lines.find((one) => shows.test(one))
    if (line === undefined) continue
    const takenPort = known.cause === PORT_TAKEN ? portIn(line) : undefined
    return { ...known, ...(takenPort && { takenPort }), line: cut(line) }
  }
  return exit === '137' || lines.some((line) => line === 'Killed') ? KILLED : undefined
}

/** The port in `Bind for 0.0.0.0:8080 failed`, `failed to bind host port 0.0.0.0:8080/tcp`, `listen tcp4 0.0.0.0:8080: bind`. */
function portIn(line: string): HeldPort | undefined {
  const [, number] = /(?:bind for|host port(?: for)?|listen \w+) \S*?:(\d{1,5})\b/i.exec(line) ?? []
  if (number === undefined) return undefined
  return { port: `${number}/${/\budp\d?\b/.test(line) ? 'udp' : 'tcp'}`, holder: '' }
}

/** Lines that follow from the cause, or say nothing: rsync's place in its source, brackets of JSON, progress. */
const SAYS_NOTHING =
  /^[\s[\](){}<>,;:"'.=*|/-]*$|broken pipe \(32\)|^rsync error: |^\[?(sender|receiver|generator)\]? ?write error: broken pipe|^[\d,.]+[kMGT]?\s+\d+%|xfr#\d+|^[0-9a-f]{12}:? (Pulling|Waiting|Download|Verifying|Extracting|Pull complete)/i

/** The last lines that say something, each cut; all lines where none does. */
export function tellingLines(output: string, most: number): readonly string[] {
  const lines = output.split('\n').map((line) => line.trim())
  const telling = lines.filter((line) => !SAYS_NOTHING.test(line))
  const shown = telling.length > 0 ? telling : lines.filter((line) => line !== '')
  return shown
    .filter((line, index) => line !== shown[index - 1])
    .slice(-most)
    .map(cut)
}

function cut(line: string): string {
  return line.length > 400 ? `${line.slice(0, 400)}…` : line
}
