import { defaultLocalRoot, defaultPorts } from './config.ts'

/** A variable of the environment. */
export interface EnvironmentVariable {
  readonly name: string
  /** Without a default, nothing is set. */
  readonly default?: string
  /** What it sets, with its unit or form. */
  readonly sets: string
}

/** The variables that people set. docs/environment.md is made from this table. */
export const environmentVariables: readonly EnvironmentVariable[] = [
  {
    name: 'REINSTATE_INVENTORY',
    default: '`./inventory.yaml`',
    sets: 'The inventory. known_hosts, allowed_signers and notify.yaml are beside it',
  },
  {
    name: 'REINSTATE_PLANS',
    sets: 'Folders that hold plans by name, separated by `:`. After them come `./plans` and the shipped plans',
  },
  {
    name: 'REINSTATE_SECRETS',
    default: 'the folder of the plan',
    sets: 'On the worker: the folder of the secrets files of plans',
  },
  {
    name: 'REINSTATE_HOME',
    default: '`~/.local/share/reinstate`',
    sets: 'The folder of the embedded server: its database, logs and binaries',
  },
  {
    name: 'REINSTATE_KEY',
    default: '`worker.key` in REINSTATE_HOME',
    sets: 'The key with which workers sign',
  },
  {
    name: 'REINSTATE_CODEC_KEYS',
    default: '`codec.keys` beside the key of the workers',
    sets: 'The keys that encrypt what Temporal stores. Without the file nothing is encrypted',
  },
  {
    name: 'REINSTATE_PORT',
    default: `\`${defaultPorts.temporal}\``,
    sets: 'The port of the embedded Temporal server, on 127.0.0.1. A taken port is refused',
  },
  {
    name: 'REINSTATE_UI_PORT',
    default: `\`${defaultPorts.ui}\``,
    sets: "The port of the embedded server's Temporal UI, on 127.0.0.1. A taken port is refused",
  },
  { name: 'REINSTATE_UI', sets: 'The URL of the Temporal UI of your own server, for the links to runs' },
  {
    name: 'REINSTATE_LOCAL_ROOT',
    default: `\`${defaultLocalRoot}\``,
    sets: 'The folder in which the host `local` keeps receipts, saved originals and locks',
  },
  {
    name: 'REINSTATE_LOG_LEVEL',
    default: '`info`',
    sets: 'On the worker: the lowest level that it logs: `debug`, `info`, `warn` or `error`',
  },
  {
    name: 'REINSTATE_METRICS',
    sets: 'On the worker: where it serves Prometheus metrics, ADDRESS:PORT, such as `127.0.0.1:9464`',
  },
  { name: 'REINSTATE_DEBUG', sets: 'Any value: errors have a stack trace' },
  {
    name: 'TEMPORAL_ADDRESS',
    default: 'the embedded server',
    sets: 'The address of your own Temporal server, HOST:PORT',
  },
  { name: 'TEMPORAL_NAMESPACE', default: '`default`', sets: 'The namespace on that server' },
  { name: 'TEMPORAL_API_KEY', sets: 'The API key for that server' },
  {
    name: 'TEMPORAL_CONFIG_FILE',
    default: "temporal.toml where Temporal's CLI looks for it",
    sets: "Settings of the connection. Temporal's other variables, such as those for TLS, work as with its CLI",
  },
  { name: 'TEMPORAL_PROFILE', default: '`default`', sets: 'The profile in temporal.toml' },
  {
    name: 'TEMPORAL_CLI_PATH',
    default: '`temporal` on the PATH, then the fetched copy',
    sets: 'The `temporal` program that the embedded server runs',
  },
  { name: 'SSH_AUTH_SOCK', sets: 'The SSH agent, for connections to hosts and for signed answers' },
  { name: 'NO_COLOR', sets: 'Any value: no colours' },
]

/** Variables that reinstate sets for its own processes, or that only its tests read. */
export const internalVariables: readonly EnvironmentVariable[] = [
  {
    name: 'REINSTATE_TOKEN',
    sets: 'On hosts: marks the processes of a command, so that a cancel finds them',
  },
  { name: 'REINSTATE_ROOT', sets: 'On hosts: the folder of receipts, for the script of a command' },
  { name: 'REINSTATE_PASSWORD', sets: 'On hosts: the password of the user of a restored dump, for a script' },
  {
    name: 'REINSTATE_ROOT_PASSWORD',
    sets: 'On hosts: the password of the root of a restored dump, for a script',
  },
  { name: 'REINSTATE_ARCHIVE_PASSPHRASE', sets: 'On hosts: the passphrase of an archive, for a script' },
  { name: 'REINSTATE_ARCHIVE_KEY', sets: 'On hosts: the key of an archive, for a script' },
  { name: 'REINSTATE_BOOT_ID_FILE', sets: 'In tests, on hosts: the file that holds the id of the boot' },
  { name: 'REINSTATE_FAILPOINT', sets: 'In tests, on hosts: where the supervisor of a command is killed' },
  {
    name: 'REINSTATE_WRITE_CACHE',
    sets: 'In the build: writes the compiled code that starts the CLI quickly',
  },
  {
    name: 'REINSTATE_USER',
    sets: '`scripts/temporal-up`: the user and group of the worker in docker-compose.temporal.yml, kept in `.env`',
  },
  { name: 'REINSTATE_STARTED', sets: '`npm run demo`: when it started, in seconds since 1970' },
  { name: 'REINSTATE_TEST_ALL', sets: 'In tests: runs the slow cases of a file too' },
  { name: 'REINSTATE_SHARD', sets: 'In tests: the shard to run' },
  { name: 'REINSTATE_COUNTS', sets: 'In tests: the file that gets the counts of a shard' },
  { name: 'REINSTATE_SAVE_HISTORIES', sets: 'In tests: saves histories for the replay tests' },
  { name: 'REINSTATE_SAVE_SITUATIONS', sets: 'In tests: the folder that gets what each situation shows' },
  {
    name: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
    sets: 'In tests, as with the CLI of Temporal: the certificate of a client',
  },
  { name: 'TEMPORAL_TLS_CLIENT_KEY_PATH', sets: 'In tests, likewise: its key' },
  { name: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH', sets: 'In tests, likewise: the authority of the server' },
  { name: 'TEMPORAL_TEST_SERVER_PATH', sets: 'In tests: the Temporal test server, which skips time' },
]
