import { planOf } from '../arrange.ts'

const write = (path: string): string =>
  planOf(`- { step: a, kind: file-write, from: a.txt, path: "${path}" }`)
const step = (fields: string): string => planOf(`- { step: a, ${fields} }`)

/** Paths and values that the kinds of this project refuse, by number of the list: the plan and all that is said. */
export const badFields: readonly (readonly [string, string, readonly string[]])[] = [
  [
    '14 a mode that is a number',
    step('kind: file-write, from: a.txt, path: /srv/a/b, mode: 644'),
    [
      '7:73 bad-mode mode 644 must be a quoted string such as "0644" (Octal digits in quotes, such as "0600")',
    ],
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
    ['7:82 bad-count passes 0 must be at least 1 (How many right answers in a row it takes; 1 unless said)'],
  ],
  [
    '32 srv/app',
    write('srv/app'),
    [
      '7:57 bad-path path "srv/app" must be absolute: begin with "/" (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '32 ./app',
    write('./app'),
    [
      '7:57 bad-path path "./app" must be absolute: begin with "/" (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /',
    write('/'),
    [
      '7:57 bad-path path "/" is / itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /etc',
    write('/etc'),
    [
      '7:57 bad-path path "/etc" is /etc itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /root',
    write('/root'),
    [
      '7:57 bad-path path "/root" is /root itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /home',
    write('/home'),
    [
      '7:57 bad-path path "/home" is /home itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /var/lib/docker',
    write('/var/lib/docker'),
    [
      '7:57 bad-path path "/var/lib/docker" is /var/lib/docker itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /srv',
    write('/srv'),
    [
      '7:57 bad-path path "/srv" is /srv itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /var/lib/docker/volumes/x/_data',
    write('/var/lib/docker/volumes/x/_data'),
    [
      '7:57 bad-path path "/var/lib/docker/volumes/x/_data" lies in /var/lib/docker, which no step writes to (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 /var/lib/reinstate/runs',
    write('/var/lib/reinstate/runs'),
    [
      '7:57 bad-path path "/var/lib/reinstate/runs" lies in /var/lib/reinstate, which no step writes to (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 directly under the root',
    write('/data'),
    [
      '7:57 bad-path path "/data" stands directly under /; name a path below, such as /data/app (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '34 /srv/../etc/x',
    write('/srv/../etc/x'),
    [
      '7:57 bad-path path "/srv/../etc/x" holds "." or ".." as a name (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '34 /srv//x',
    write('/srv//x'),
    [
      '7:57 bad-path path "/srv//x" holds "//" (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '34 /srv/x/.',
    write('/srv/x/.'),
    [
      '7:57 bad-path path "/srv/x/." holds "." or ".." as a name (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '34 /srv/x/',
    write('/srv/x/'),
    [
      '7:57 bad-path path "/srv/x/" ends with "/"; leave it out (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '35 /srv/*',
    write('/srv/*'),
    [
      '7:57 bad-path path "/srv/*" holds a glob character; list the paths one by one (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '35 /srv/a?',
    write('/srv/a?'),
    [
      '7:57 bad-path path "/srv/a?" holds a glob character; list the paths one by one (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '35 /srv/[ab]',
    write('/srv/[ab]'),
    [
      '7:57 bad-path path "/srv/[ab]" holds a glob character; list the paths one by one (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '35 /srv/{a,b}',
    write('/srv/{a,b}'),
    [
      '7:57 bad-path path "/srv/{a,b}" holds a glob character; list the paths one by one (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '36 /srv/$HOME',
    write('/srv/$HOME'),
    [
      '7:57 bad-path path "/srv/$HOME" holds "$", a backquote or a backslash; a path is taken literally (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '36 ~/x',
    write('~/x'),
    [
      '7:57 bad-path path "~/x" begins with "~", which only a shell knows; write the path out (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '36 /srv/`id`',
    write('/srv/`id`'),
    [
      '7:57 bad-path path "/srv/`id`" holds "$", a backquote or a backslash; a path is taken literally (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '37 empty after filling in',
    planOf(
      '- { step: a, kind: file-write, from: a.txt, path: "${{ inputs.dir }}/" }',
      'title: x\ninputs: { dir: { default: "" } }',
    ),
    [
      '8:57 bad-path path "/" is / itself, which belongs to the whole system (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
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
      '7:95 bad-key the name "A\\nB" must be a variable name: letters, digits and "_", not beginning with a digit (write another name)',
    ],
  ],
  [
    '45 an owner that is an option',
    step('kind: directories, paths: [/srv/a/b], owner: "-R"'),
    [
      '7:65 bad-owner owner "-R" must be user or user:group, by name or number (user or user:group of the listed ones)',
    ],
  ],
  [
    '46 shell in a project',
    step('kind: compose-up, file: /srv/a/c.yml, project: "a;reboot"'),
    [
      '7:67 bad-project project "a;reboot" must be a Compose project: lower-case letters, digits, "_" and "-", beginning with a letter or digit (The project\'s name, whatever the directory or the file says)',
    ],
  ],
  [
    '46 shell in a volume',
    step('kind: volume-restore, from: /b/c, volume: "a$(reboot)"'),
    [
      '7:62 bad-volume volume "a$(reboot)" must be a volume name: letters, digits, "_", "." and "-", beginning with a letter or digit (A name that no volume has yet; or path:, for what is bind-mounted)',
    ],
  ],
  [
    '46 shell in a container',
    step('kind: containers-stop, containers: ["a|b"]'),
    [
      '7:56 bad-container containers[0] "a|b" must be a container: letters, digits, "_", "." and "-", beginning with a letter or digit (The name of a container)',
    ],
  ],
  [
    '47 a service that is an option',
    step('kind: compose-up, file: /srv/a/c.yml, project: a, services: ["--rm"]'),
    [
      '7:81 bad-service services[0] "--rm" must be a service name: letters, digits, ".", "_" and "-", not beginning with "-" (The name of a service in a Compose file)',
    ],
  ],
  [
    '50 a password in an address',
    step('kind: http-probe, within: 1 minute, url: "http://a:b@c/"'),
    [
      '7:62 url-password has an address with a password in it (put it into the secrets file and write ${{ secrets.NAME }})',
    ],
  ],
  [
    '51 169.254.169.254',
    step('kind: http-probe, within: 1 minute, url: "http://169.254.169.254/"'),
    [
      '7:61 bad-url url "http://169.254.169.254/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 metadata.google.internal',
    step('kind: http-probe, within: 1 minute, url: "http://metadata.google.internal/"'),
    [
      '7:61 bad-url url "http://metadata.google.internal/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 [::ffff:169.254.169.254]',
    step('kind: http-probe, within: 1 minute, url: "http://[::ffff:169.254.169.254]/"'),
    [
      '7:61 bad-url url "http://[::ffff:169.254.169.254]/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 a metadata address by another name',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:169.254.169.254"'),
    [
      '7:83 bad-resolve resolve "a:80:169.254.169.254" leads to a metadata address, which hands out credentials of the machine (host:port:address; asks this address, whatever DNS says)',
    ],
  ],
  [
    '52 a port out of range',
    step('kind: http-probe, within: 1 minute, url: "http://a:70000/"'),
    [
      '7:61 bad-url url "http://a:70000/" must be a URL such as http://127.0.0.1:8080/health (http:// or https://, without a password)',
    ],
  ],
  [
    '53 a volume with a quote',
    step('kind: volume-restore, from: /b/c, volume: "a\'b"'),
    [
      '7:62 bad-volume volume "a\'b" must be a volume name: letters, digits, "_", "." and "-", beginning with a letter or digit (A name that no volume has yet; or path:, for what is bind-mounted)',
    ],
  ],
  [
    '53 a database with a quote',
    step('kind: sql-check, container: db, user: a, database: "a\'b", query: select 1, equals: 1'),
    [
      '7:71 bad-database database "a\'b" must be a name: letters, digits, blanks and "_$.@-", beginning with a letter or "_" (Where it is asked; postgres unless said)',
    ],
  ],
  [
    '11 a character that does not show in a path',
    write('/srv/a\u{1f469}\u200d\u{1f4bb}/b'),
    [
      '7:57 bad-path path "/srv/a👩‍💻/b" holds U+200D, which does not show or looks like a blank (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '11 a selector of variants in a path',
    write('/srv/\u2764\ufe0f/b'),
    [
      '7:57 bad-path path "/srv/❤️/b" holds U+FE0F, which does not show or looks like a blank (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '11 an invisible tag in a path',
    write('/srv/a\u{e0041}/b'),
    [
      '7:64 yaml-hidden-character holds U+E0041, which hides or reorders text (take it out; it comes with text copied from a page)',
    ],
  ],
  [
    '11 a blank that is none in a path',
    write('/srv/a\u00a0/b'),
    [
      '7:57 bad-path path "/srv/a /b" holds U+00A0, which does not show or looks like a blank (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '11 a blank at the end of a path',
    write('/srv/a/b '),
    [
      '7:57 bad-path path "/srv/a/b " begins or ends with a blank (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '33 the run directory itself',
    step('kind: quarantine, paths: [/var/lib/reinstate]'),
    [
      '7:46 bad-path paths[0] "/var/lib/reinstate" is /var/lib/reinstate itself, which no step writes to (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '40 the run directory as what is copied over',
    step('kind: file-copy, from: /srv/a/b, to: /var/lib/reinstate'),
    [
      '7:57 bad-path to "/var/lib/reinstate" is /var/lib/reinstate itself, which no step writes to (The directory that the tree becomes)',
    ],
  ],
  [
    '40 the run directory as one that is made',
    step('kind: directories, paths: [/var/lib/reinstate]'),
    [
      '7:47 bad-path paths[0] "/var/lib/reinstate" is /var/lib/reinstate itself, which no step writes to (An absolute path on the host, at least two names deep, such as /srv/guestbook)',
    ],
  ],
  [
    '51 the metadata address of Oracle',
    step('kind: http-probe, within: 1 minute, url: "http://192.0.0.192/"'),
    [
      '7:61 bad-url url "http://192.0.0.192/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address of Azure',
    step('kind: http-probe, within: 1 minute, url: "http://168.63.129.16/"'),
    [
      '7:61 bad-url url "http://168.63.129.16/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address of Google by its short name',
    step('kind: http-probe, within: 1 minute, url: "http://metadata.goog/"'),
    [
      '7:61 bad-url url "http://metadata.goog/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address as one number',
    step('kind: http-probe, within: 1 minute, url: "http://2852039166/"'),
    [
      '7:61 bad-url url "http://2852039166/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address within IPv6',
    step('kind: http-probe, within: 1 minute, url: "http://[::a9fe:a9fe]/"'),
    [
      '7:61 bad-url url "http://[::a9fe:a9fe]/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address behind NAT64',
    step('kind: http-probe, within: 1 minute, url: "http://[64:ff9b::a9fe:a9fe]/"'),
    [
      '7:61 bad-url url "http://[64:ff9b::a9fe:a9fe]/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 the metadata address behind 6to4',
    step('kind: http-probe, within: 1 minute, url: "http://[2002:a9fe:a9fe::]/"'),
    [
      '7:61 bad-url url "http://[2002:a9fe:a9fe::]/" is a metadata address, which hands out credentials of the machine (http:// or https://, without a password)',
    ],
  ],
  [
    '51 a metadata address in long',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:[0:0:0:0:0:ffff:a9fe:a9fe]"'),
    [
      '7:83 bad-resolve resolve "a:80:[0:0:0:0:0:ffff:a9fe:a9fe]" leads to a metadata address, which hands out credentials of the machine (host:port:address; asks this address, whatever DNS says)',
    ],
  ],
  [
    '52 a port beyond the last',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:99999:127.0.0.1"'),
    [
      '7:83 bad-resolve resolve "a:99999:127.0.0.1" has the port 99999; ports go from 1 to 65535 (host:port:address; asks this address, whatever DNS says)',
    ],
  ],
  [
    '52 port 0',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:0:127.0.0.1"'),
    [
      '7:83 bad-resolve resolve "a:0:127.0.0.1" has the port 0; ports go from 1 to 65535 (host:port:address; asks this address, whatever DNS says)',
    ],
  ],
  [
    '52 an address that is none',
    step('kind: http-probe, within: 1 minute, url: "http://a/", resolve: "a:80:999.1.1.1"'),
    [
      '7:83 bad-resolve resolve "a:80:999.1.1.1" has 999.1.1.1, which is no IP address (host:port:address; asks this address, whatever DNS says)',
    ],
  ],
  [
    '52 port 0 in an address',
    step('kind: http-probe, within: 1 minute, url: "http://a:0/"'),
    [
      '7:61 bad-url url "http://a:0/" has the port 0; ports go from 1 to 65535 (http:// or https://, without a password)',
    ],
  ],
  [
    '28 neither a way back nor a proof, of what prunes',
    step('kind: command, script: docker system prune -af'),
    [
      '7:9 bad-step a needs either undo: or cannotUndo:, and not both',
      '7:9 bad-step a needs either verify: or noProof:, and not both',
      '7:43 R013 docker system prune deletes what is unused at the moment, whoever it belongs to (use the kind prune)',
    ],
  ],
]
