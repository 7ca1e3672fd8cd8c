import { envFile } from '../../../src/steps/env-file/index.ts'
import type { Joined } from '../contract.ts'

/** What parsers of env files are known to get wrong. */
export const nastyValues: Readonly<Record<string, string>> = {
  PLAIN: 'postgres://user:pass@db:5432/n8n?sslmode=disable',
  EMPTY: '',
  DOLLAR: 'abc$def$$ghi${HOME}$(id)$',
  SINGLE: "it's",
  DOUBLE: 'say "hello"',
  BOTH: `'"$X" \\' \\" \\$ \\\\`,
  ENDS_WITH_BACKSLASH: 'ends\\',
  ENDS_WITH_TWO: "it's\\\\",
  ONLY_BACKSLASHES: '\\\\\\',
  ESCAPES: '\\n \\t \\0101 \\x41 \\$',
  HASH: 'a #b#c # d',
  BLANKS: '  around  ',
  TAB: '\tindented\t',
  LINES: 'one\ntwo\n\nthree\n',
  KEY: '-----BEGIN KEY-----\nAAAA+/==\n-----END KEY-----\n',
  CRLF: 'one\r\ntwo\r',
  BACKQUOTES: '`id` \\`id\\`',
  PERCENT: '%s %n !! {a,b} [x] * ? ~ & ; | < >',
  UNICODE: 'ümläut 日本 \u{1f600} \u00a0\u2028',
  CONTROL: 'a\u0001b\u001b[31mc\u007f',
  EQUALS: '=a=b=',
  EXPORT: 'export X=1',
  JSON: '{"a": "b\\"c", "d": [1, \'x\']}',
}

export const joined: Joined = {
  kind: envFile,
  cases: [
    { name: 'new', fields: { path: '/srv/app/.env', values: nastyValues }, arrange: 'mkdir /srv/app' },
    {
      name: 'replaces one that others can read',
      fields: { path: "/srv/it's.env", values: { A: 'b$c' }, owner: 'daemon' },
      inside: true,
      arrange: `printf 'A=old\\n' > "/srv/it's.env"; chown 12:34 /srv/it*; chmod 644 /srv/it*; touch -d '2020-01-02 03:04:05.678901' /srv/it*`,
    },
    {
      name: 'another mode only',
      fields: { path: '/srv/.env', values: { A: 'b$c' } },
      arrange: `printf "A='b\\$c'\\n" > /srv/.env; chown 1:2 /srv/.env; chmod 666 /srv/.env`,
    },
    {
      name: 'keeps the others',
      fields: { path: '/srv/.env', values: { A: 'b$c', NEW: '1' }, others: 'keep' },
      arrange: `printf "# mine\\nexport A=old\\nKEY='one\\nA=two\\n'\\nB=2" > /srv/.env; chown 1:2 /srv/.env; chmod 640 /srv/.env`,
    },
    {
      name: 'as it should be',
      fields: { path: '/srv/.env', values: { A: 'b$c' } },
      arrange: `printf "A='b\\$c'\\n" > /srv/.env; chmod 600 /srv/.env`,
    },
  ],
}
