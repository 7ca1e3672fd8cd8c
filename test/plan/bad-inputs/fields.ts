import { planOf } from '../arrange.ts'

const write = (path: string): string =>
  planOf(`- { step: a, kind: file-write, from: a.txt, path: "${path}" }`)
const step = (fields: string): string => planOf(`- { step: a, ${fields} }`)

/** Paths and values that the kinds of this project refuse, by number of the list: the plan and all that is said. */
export const badFields: readonly (readonly [string, string, readonly string[]])[] = [
  [
    '14 a mode that is a number',
    step('kind: file-write, from: a.txt, path: /srv/a/b, mode: 644'),
    ['7:73 bad-mode mode 644 must be a quoted string such as "0644"'],
  ],
  [
    '28 no way back',
    step('kind: command, script: "true", noProof: none needed'),
    ['7:9 bad-step a needs either undo: or cannotUndo:, and not both'],
  ],
  [
    '28 no proof',
    step('kind: command, script: "true", cannotUndo: nothing changes'),
    ['7:9 bad-step a needs either verify: or noProof:, and not both'],
  ],
  [
    '30 no deadline',
    step('kind: http-probe, url: "http://a/"'),
    [
      '7:9 missing-field the field "within" is missing (By when the right answers must have come, such as 2 minutes)',
    ],
  ],
  [
    '31 no pass wanted',
    step('kind: http-probe, within: 1 minute, url: "http://a/", passes: 0'),
    ['7:82 bad-count passes 0 must be at least 1'],
  ],
  ['32 srv/app', write('srv/app'), ['7:57 bad-path path "srv/app" must be absolute: begin with "/"']],
  ['32 ./app', write('./app'), ['7:57 bad-path path "./app" must be absolute: begin with "/"']],
  ['33 /', write('/'), ['7:57 bad-path path "/" is / itself, which belongs to the whole system']],
  ['33 /etc', write('/etc'), ['7:57 bad-path path "/etc" is /etc itself, which belongs to the whole system']],
  [
    '33 /root',
    write('/root'),
    ['7:57 bad-path path "/root" is /root itself, which belongs to the whole system'],
  ],
  [
    '33 /home',
    write('/home'),
    ['7:57 bad-path path "/home" is /home itself, which belongs to the whole system'],
  ],
  [
    '33 /var/lib/docker',
    write('/var/lib/docker'),
    ['7:57 bad-path path "/var/lib/docker" is /var/lib/docker itself, which belongs to the whole system'],
  ],
  ['33 /srv', write('/srv'), ['7:57 bad-path path "/srv" is /srv itself, which belongs to the whole system']],
  [
    '33 /var/lib/docker/volumes/x/_data',
    write('/var/lib/docker/volumes/x/_data'),
    ['7:57 bad-path path "/var/lib/docker/volumes/x/_data" lies in /var/lib/docker, which no step writes to'],
  ],
  [
    '33 /var/lib/reinstate/runs',
    write('/var/lib/reinstate/runs'),
    ['7:57 bad-path path "/var/lib/reinstate/runs" lies in /var/lib/reinstate, which no step writes to'],
  ],
  [
    '33 directly under the root',
    write('/data'),
    ['7:57 bad-path path "/data" stands directly under /; name a path below, such as /data/app'],
  ],
  [
    '34 /srv/../etc/x',
    write('/srv/../etc/x'),
    ['7:57 bad-path path "/srv/../etc/x" holds "." or ".." as a name'],
  ],
  ['34 /srv//x', write('/srv//x'), ['7:57 bad-path path "/srv//x" holds "//"']],
  ['34 /srv/x/.', write('/srv/x/.'), ['7:57 bad-path path "/srv/x/." holds "." or ".." as a name']],
  ['34 /srv/x/', write('/srv/x/'), ['7:57 bad-path path "/srv/x/" ends with "/"; leave it out']],
  [
    '35 /srv/*',
    write('/srv/*'),
    ['7:57 bad-path path "/srv/*" holds a glob character; list the paths one by one'],
  ],
  [
    '35 /srv/a?',
    write('/srv/a?'),
    ['7:57 bad-path path "/srv/a?" holds a glob character; list the paths one by one'],
  ],
  [
    '35 /srv/[ab]',
    write('/srv/[ab]'),
    ['7:57 bad-path path "/srv/[ab]" holds a glob character; list the paths one by one'],
  ],
  [
    '35 /srv/{a,b}',
    write('/srv/{a,b}'),
    ['7:57 bad-path path "/srv/{a,b}" holds a glob character; list the paths one by one'],
  ],
  [
    '36 /srv/$HOME',
    write('/srv/$HOME'),
    ['7:57 bad-path path "/srv/$HOME" holds "$", a backquote or a backslash; a path is taken literally'],
  ],
  [
    '36 ~/x',
    write('~/x'),
    ['7:57 bad-path path "~/x" begins with "~", which only a shell knows; write the path out'],
  ],
  [
    '36 /srv/`id`',
    write('/srv/`id`'),
    ['7:57 bad-path path "/srv/`id`" holds "$", a backquote or a backslash; a path is taken literally'],
  ],
  [
    '37 empty after filling in',
    planOf(
      '- { step: a, kind: file-write, from: a.txt, path: "${{ inputs.dir }}/" }',
      'title: x\ninputs: { dir: { default: "" } }',
    ),
    ['8:57 bad-path path "/" is / itself, which belongs to the whole system'],
  ],
  [
    '40 a clean-up path that holds what is protected',
    step('kind: quarantine, paths: [/srv/old], protect: [/srv/old/live]'),
    ['7:9 bad-step a would set aside what it protects: /srv/old/live'],
  ],
  [
    '40 a clean-up path in another',
    step('kind: quarantine, paths: [/srv/old, /srv/old/data]'),
    ['7:9 bad-step a lists /srv/old/data, which another of its paths holds or lies in'],
  ],
  [
    '44 a newline in the name of a variable',
    step('kind: command, script: "true", undo: "true", noProof: none, environment: { "A\\nB": c }'),
    [
      '7:95 bad-key the name "A\\nB" must be a variable name: letters, digits and "_", not beginning with a digit',
    ],
  ],
  [
    '45 an owner that is an option',
    step('kind: directories, paths: [/srv/a/b], owner: "-R"'),
    ['7:65 bad-owner owner "-R" must be user or user:group, by name or number'],
  ],
  [
    '46 shell in a project',
    step('kind: compose-up, file: /srv/a/c.yml, project: "a;reboot"'),
    [
      '7:67 bad-project project "a;reboot" must be a Compose project: lower-case letters, digits, "_" and "-", beginning with a letter or digit',
    ],
  ],
  [
    '46 shell in a volume',
    step('kind: volume-restore, from: /b/c, volume: "a$(reboot)"'),
    [
      '7:62 bad-volume volume "a$(reboot)" must be a volume name: letters, digits, "_", "." and "-", beginning with a letter or digit',
    ],
  ],
  [
    '46 shell in a container',
    step('kind: containers-stop, containers: ["a|b"]'),
    [
      '7:56 bad-container containers[0] "a|b" must be a container: letters, digits, "_", "." and "-", beginning with a letter or digit',
    ],
  ],
  [
    '47 a service that is an option',
    step('kind: compose-up, file: /srv/a/c.yml, project: a, services: ["--rm"]'),
    [
      '7:81 bad-service services[0] "--rm" must be a service name: letters, digits, ".", "_" and "-", not beginning with "-"',
    ],
  ],
  [
    '50 a password in an address',
    step('kind: http-probe, within: 1 minute, url: "http://a:b@c/"'),
    [
      '7:61 url-password has an address with a password in it (put it into the secrets file and write ${{ secrets.NAME }})',
    ],
  ],
  [
    '51 169.254.169.254',
    step('kind: http-probe, within: 1 minute, url: "http://169.254.169.254/"'),
    [
      '7:61 bad-url url "http://169.254.169.254/" is a metadata address, which hands out credentials of the machine',
    ],
  ],
  [
    '51 metadata.google.internal',
    step('kind: http-probe, within: 1 minute, url: "http://metadata.google.internal/"'),
    [
      '7:61 bad-url url "http://metadata.google.internal/" is a metadata address, which hands out credentials of the machine',
    ],
  ],
  [
    '51 [::ffff:169.254.169.254]',
    step('kind: http-probe, within: 1 minute, url: "http://[::ffff:169.254.169.254]/"'),
    [
      '7:61 bad-url url "http://[::ffff:169.254.169.254]/" is a metadata address, which hands out credentials of the machine',
    ],
  ],
  [
    '51 a metadata address by another name',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:169.254.169.254"'),
    ['7:83 bad-resolve resolve "a:80:169.254.169.254" leads to a metadata address'],
  ],
  [
    '52 a port out of range',
    step('kind: http-probe, within: 1 minute, url: "http://a:70000/"'),
    ['7:61 bad-url url "http://a:70000/" must be a URL such as http://127.0.0.1:8080/health'],
  ],
  [
    '53 a volume with a quote',
    step('kind: volume-restore, from: /b/c, volume: "a\'b"'),
    [
      '7:62 bad-volume volume "a\'b" must be a volume name: letters, digits, "_", "." and "-", beginning with a letter or digit',
    ],
  ],
  [
    '53 a database with a quote',
    step('kind: sql-check, container: db, user: a, database: "a\'b", query: select 1, equals: 1'),
    [
      '7:71 bad-database database "a\'b" must be a name: letters, digits, blanks and "_$.@-", beginning with a letter or "_"',
    ],
  ],
]
