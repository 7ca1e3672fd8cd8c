import { planOf } from '../arrange.ts'

const write = (path: string): string =>
  planOf(`- { step: a, kind: file-write, from: a.txt, path: "${path}" }`)
const step = (fields: string): string => planOf(`- { step: a, ${fields} }`)

/** Paths and values that kinds refuse: number in the list and title, the plan, and all of its problems. */
export const badFields: readonly (readonly [string, string, readonly string[]])[] = [
  [
    '14 a mode that is a number',
    step('kind: file-write, from: a.txt, path: /srv/a/b, mode: 644'),
    ['7:73 bad-mode'],
  ],
  ['28 no undo', step('kind: command, script: "true", noProof: none needed'), ['7:9 bad-step']],
  ['28 no verify', step('kind: command, script: "true", cannotUndo: nothing changes'), ['7:9 bad-step']],
  [
    '28 a check that is undone',
    step('kind: command, verify: test -e /srv/a, undo: rm /srv/a'),
    ['7:9 bad-step'],
  ],
  [
    '28 neither script nor check',
    step('kind: command, cannotUndo: nothing is done'),
    ['7:9 bad-step', '7:9 bad-step'],
  ],
  ['30 no deadline', step('kind: http-probe, url: "http://a/"'), ['7:9 missing-field']],
  [
    '31 a check of nothing',
    step('kind: http-probe, within: 1 minute, url: "http://a/", passes: 0'),
    ['7:82 bad-count'],
  ],
  ['32 srv/app', write('srv/app'), ['7:57 bad-path']],
  ['32 ./app', write('./app'), ['7:57 bad-path']],
  ['33 /', write('/'), ['7:57 bad-path']],
  ['33 /etc', write('/etc'), ['7:57 bad-path']],
  ['33 /root', write('/root'), ['7:57 bad-path']],
  ['33 /home', write('/home'), ['7:57 bad-path']],
  ['33 /var/lib/docker', write('/var/lib/docker'), ['7:57 bad-path']],
  ['33 /srv', write('/srv'), ['7:57 bad-path']],
  ['33 /var/lib/docker/volumes/x/_data', write('/var/lib/docker/volumes/x/_data'), ['7:57 bad-path']],
  ['33 /var/lib/reinstate/runs', write('/var/lib/reinstate/runs'), ['7:57 bad-path']],
  ['33 directly under the root', write('/data'), ['7:57 bad-path']],
  ['34 /srv/../etc/x', write('/srv/../etc/x'), ['7:57 bad-path']],
  ['34 /srv//x', write('/srv//x'), ['7:57 bad-path']],
  ['34 /srv/x/.', write('/srv/x/.'), ['7:57 bad-path']],
  ['34 /srv/x/', write('/srv/x/'), ['7:57 bad-path']],
  ['35 /srv/*', write('/srv/*'), ['7:57 bad-path']],
  ['35 /srv/a?', write('/srv/a?'), ['7:57 bad-path']],
  ['35 /srv/[ab]', write('/srv/[ab]'), ['7:57 bad-path']],
  ['35 /srv/{a,b}', write('/srv/{a,b}'), ['7:57 bad-path']],
  ['36 /srv/$HOME', write('/srv/$HOME'), ['7:57 bad-path']],
  ['36 ~/x', write('~/x'), ['7:57 bad-path']],
  ['36 /srv/`id`', write('/srv/`id`'), ['7:57 bad-path']],
  [
    '37 empty after filling in',
    planOf(
      '- { step: a, kind: file-write, from: a.txt, path: "${{ inputs.dir }}/" }',
      'title: x\ninputs: { dir: { default: "" } }',
    ),
    ['8:57 bad-path'],
  ],
  [
    '40 a clean-up path that holds what is protected',
    step('kind: quarantine, paths: [/srv/old], protect: [/srv/old/live]'),
    ['7:9 bad-step'],
  ],
  [
    '40 a clean-up path in another',
    step('kind: quarantine, paths: [/srv/old, /srv/old/data]'),
    ['7:9 bad-step'],
  ],
  [
    '44 a newline in the name of a variable',
    step('kind: command, script: "true", undo: "true", noProof: none, environment: { "A\\nB": c }'),
    ['7:95 bad-key'],
  ],
  [
    '45 an owner that is an option',
    step('kind: directories, paths: [/srv/a/b], owner: "-R"'),
    ['7:65 bad-owner'],
  ],
  [
    '46 shell in a project',
    step('kind: compose-up, file: /srv/a/c.yml, project: "a;reboot"'),
    ['7:67 bad-project'],
  ],
  [
    '46 shell in a volume',
    step('kind: volume-restore, from: /b/c, volume: "a$(reboot)"'),
    ['7:62 bad-volume'],
  ],
  ['46 shell in a container', step('kind: containers-stop, containers: ["a|b"]'), ['7:56 bad-container']],
  [
    '47 a service that is an option',
    step('kind: compose-up, file: /srv/a/c.yml, project: a, services: ["--rm"]'),
    ['7:81 bad-service'],
  ],
  [
    '50 a password in an address',
    step('kind: http-probe, within: 1 minute, url: "http://a:b@c/"'),
    ['7:62 url-password'],
  ],
  [
    '51 169.254.169.254',
    step('kind: http-probe, within: 1 minute, url: "http://169.254.169.254/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 metadata.google.internal',
    step('kind: http-probe, within: 1 minute, url: "http://metadata.google.internal/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 [::ffff:169.254.169.254]',
    step('kind: http-probe, within: 1 minute, url: "http://[::ffff:169.254.169.254]/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 a metadata address by another name',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:169.254.169.254"'),
    ['7:83 bad-resolve'],
  ],
  [
    '52 a port out of range',
    step('kind: http-probe, within: 1 minute, url: "http://a:70000/"'),
    ['7:61 bad-url'],
  ],
  ['53 a volume with a quote', step('kind: volume-restore, from: /b/c, volume: "a\'b"'), ['7:62 bad-volume']],
  [
    '53 a database with a quote',
    step('kind: sql-check, container: db, user: a, database: "a\'b", query: select 1, equals: 1'),
    ['7:71 bad-database'],
  ],
  ['11 an invisible character in a path', write('/srv/a\u{1f469}\u200d\u{1f4bb}/b'), ['7:57 bad-path']],
  ['11 a selector of variants in a path', write('/srv/\u2764\ufe0f/b'), ['7:57 bad-path']],
  ['11 an invisible tag in a path', write('/srv/a\u{e0041}/b'), ['7:64 yaml-hidden-character']],
  ['11 a no-break space in a path', write('/srv/a\u00a0/b'), ['7:57 bad-path']],
  ['11 a blank at the end of a path', write('/srv/a/b '), ['7:57 bad-path']],
  ['33 the run directory itself', step('kind: quarantine, paths: [/var/lib/reinstate]'), ['7:46 bad-path']],
  [
    '40 the run directory as the target of a copy',
    step('kind: file-copy, from: /srv/a/b, to: /var/lib/reinstate'),
    ['7:57 bad-path'],
  ],
  [
    '40 the run directory as a new directory',
    step('kind: directories, paths: [/var/lib/reinstate]'),
    ['7:47 bad-path'],
  ],
  [
    '51 the metadata address of Oracle',
    step('kind: http-probe, within: 1 minute, url: "http://192.0.0.192/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address of Azure',
    step('kind: http-probe, within: 1 minute, url: "http://168.63.129.16/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address of Google by its short name',
    step('kind: http-probe, within: 1 minute, url: "http://metadata.goog/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address as one number',
    step('kind: http-probe, within: 1 minute, url: "http://2852039166/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address within IPv6',
    step('kind: http-probe, within: 1 minute, url: "http://[::a9fe:a9fe]/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address behind NAT64',
    step('kind: http-probe, within: 1 minute, url: "http://[64:ff9b::a9fe:a9fe]/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 the metadata address behind 6to4',
    step('kind: http-probe, within: 1 minute, url: "http://[2002:a9fe:a9fe::]/"'),
    ['7:61 bad-url'],
  ],
  [
    '51 a metadata address in long form',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:[0:0:0:0:0:ffff:a9fe:a9fe]"'),
    ['7:83 bad-resolve'],
  ],
  [
    '52 a port beyond the last',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:99999:127.0.0.1"'),
    ['7:83 bad-resolve'],
  ],
  [
    '52 port 0',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:0:127.0.0.1"'),
    ['7:83 bad-resolve'],
  ],
  [
    '52 an invalid address',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:999.1.1.1"'),
    ['7:83 bad-resolve'],
  ],
  [
    '52 port 0 in an address',
    step('kind: http-probe, within: 1 minute, url: "http://a:0/"'),
    ['7:61 bad-url'],
  ],
  [
    '28 a prune by script without undo and verify',
    step('kind: command, script: docker system prune -af'),
    ['7:9 bad-step', '7:9 bad-step', '7:43 R013'],
  ],
]
