import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'
import { bare } from './unwrap-command.ts'

const CHANGES = new Set([
  'rm',
  'mv',
  'cp',
  'rsync',
  'chown',
  'chmod',
  'install',
  'tar',
  'ln',
  'mkdir',
  'rmdir',
])

export const emptyPath: Rule = {
  id: 'R016',
  name: 'empty-path',
  severity: 'error',
  title: 'A path becomes / when its variable is empty',
  why: 'A variable is empty when the command that sets it fails. $TARGET/ is then the root of the host: a copy goes there and changes its mode, which locks everybody out.',
  fix: 'Write ${TARGET:?}, so that an empty variable stops the script, or write the path out.',
  example: {
    wrong: `script: cp -a /backup/site/. $TARGET/`,
    right: `script: cp -a /backup/site/. "\${TARGET:?}/"`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const word = words.find((one) => /^"?(\$\w+|\$\{\w+\})"?\/\*?"?$/.test(one))
      if (!CHANGES.has(name) || word === undefined) return []
      return foundIn(source, text, `${word} is / when the variable is empty`, 'write ${NAME:?}')
    }),
}

export const literalBraces: Rule = {
  id: 'R017',
  name: 'literal-braces',
  severity: 'error',
  title: 'A brace list that sh does not expand',
  why: 'Scripts run under sh, which takes {a,b} as one name with braces, and "..." as the name of a directory.',
  fix: 'Use directories with a list of paths, or write each name out.',
  example: {
    wrong: `script: mkdir -p /srv/shop/{caddy,sites}`,
    right: `script: mkdir -p /srv/shop/caddy /srv/shop/sites`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      if (source.file && /^#!.*bash/.test(source.text)) return []
      if (!['mkdir', 'rm', 'cp', 'mv', 'touch', 'chmod', 'chown', 'rsync', 'ls'].includes(name)) return []
      const word = words.find(
        (one) => /^[^"'$]*\{[^{}\s$]*,[^{}\s]*\}/.test(one) || /(^|\/)\.\.\.(\/|$)/.test(one),
      )
      return word === undefined
        ? []
        : foundIn(source, text, `sh does not expand ${word}: it is one name`, 'write each name out')
    }),
}

export const lostDotfiles: Rule = {
  id: 'R018',
  name: 'lost-dotfiles',
  severity: 'warning',
  title: 'A copy with * leaves dotfiles behind',
  why: '* does not match names that start with a dot: .env and .htaccess are missing, and the copy looks complete.',
  fix: 'Copy the directory itself: cp -a folder/. target, or use file-copy, which verifies the copy.',
  example: {
    wrong: `script: cp -a /srv/old/* /srv/new/`,
    right: `script: cp -a /srv/old/. /srv/new/`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { name, words, text } }) => {
      const word = words.slice(0, -1).find((one) => /\/\*["']?$/.test(one))
      if (!['cp', 'rsync', 'mv'].includes(name) || word === undefined) return []
      return foundIn(
        source,
        text,
        `${word} does not match names that start with a dot`,
        'copy the directory itself',
      )
    }),
}

export const dateInName: Rule = {
  id: 'R019',
  name: 'date-in-name',
  severity: 'error',
  title: 'A move to a name that contains the date',
  why: 'On the second attempt of a day the target exists, and mv moves the directory into it. An attempt on the next day moves what is there by then.',
  fix: 'Use move with ${{ run.id }} in the name: it refuses an existing target and recognizes what it has moved.',
  example: {
    wrong: `script: mv /srv/shop /srv/shop_$(date +%Y%m%d)`,
    right: `kind: move
from: /srv/shop
to: /srv/shop_\${{ run.id }}`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script', 'undo']).flatMap(({ source, command: { name, words, text } }) => {
      const dated = words.some((word) => /(\$\(|`)\s*date\b/.test(word))
      if (!dated || !(name === 'mv' || (name === 'cp' && words.some((word) => /^-\w*[ra]/.test(word)))))
        return []
      return foundIn(
        source,
        text,
        `${name} to a name with the date goes into the directory that an earlier attempt left`,
        'use the kind move, with ${{ run.id }}',
      )
    }),
}

export const recursiveRm: Rule = {
  id: 'R020',
  name: 'recursive-rm',
  severity: 'warning',
  title: 'A command deletes a directory permanently',
  why: 'The path may be a bind mount, or hold the only backup. rm checks neither, and nothing brings it back.',
  fix: 'Use quarantine: it checks what refers to the path, and only renames it.',
  example: {
    wrong: `script: rm -rf /srv/old`,
    right: `kind: quarantine
paths: [/srv/old]`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { name, words, text } }) => {
      const recursive = words.some((word) => /^-\w*[rR]/.test(word) || word === '--recursive')
      const scratch = words.some((word) =>
        /^["']?(\/tmp\/|\/var\/tmp\/|\$\{?(tmp|work|TMPDIR|scratch))/.test(word),
      )
      if (name !== 'rm' || !recursive || scratch) return []
      return foundIn(source, text, 'rm -r checks nothing and cannot be undone', 'use the kind quarantine')
    }),
}

export const outsideInventory: Rule = {
  id: 'R023',
  name: 'outside-inventory',
  severity: 'error',
  title: 'A command connects to another machine',
  why: 'The host key of that machine is not pinned, no receipt is kept there, and an address from a document may belong to somebody else by now.',
  fix: 'Add the machine to the inventory and to hosts, and set host: on the step.',
  example: {
    wrong: `script: scp -r /srv/shop root@203.0.113.9:/srv`,
    right: `script: tar -C /srv -cf /backup/shop.tar shop`,
  },
  find: ({ steps }) =>
    shellOf(steps).flatMap(({ source, command: { name, words, text } }) => {
      const goes =
        /^(ssh|sshpass|sftp)$/.test(name) ||
        (/^(scp|rsync)$/.test(name) &&
          words.some((word) => /^[\w.@${}-]+:[^/]*\//.test(bare(word)) && !/^\w+:\/\//.test(bare(word))))
      return goes
        ? foundIn(
            source,
            text,
            `${name} connects to a machine that the plan does not name`,
            'add it to hosts',
          )
        : []
    }),
}

export const envFileByCommand: Rule = {
  id: 'R025',
  name: 'env-file-by-command',
  severity: 'warning',
  title: 'A command writes an env file',
  why: 'Such a file is readable by everybody unless its mode is set, and Compose expands dollars in it: abc$def becomes abc.',
  fix: 'Use env-file: mode 0600, escaped, and compared with what arrives in a container.',
  example: {
    wrong: `script: printf 'DOMAIN=%s\\n' "$DOMAIN" > /srv/shop/.env`,
    right: `kind: env-file
path: /srv/shop/.env`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['script']).flatMap(({ source, command: { words, text } }) => {
      const into = words.find(
        (word, index) => /(^|\/)[\w.-]*\.env["']?$/.test(word) && /^>>?$|^tee$/.test(words[index - 1] ?? ''),
      )
      return into === undefined
        ? []
        : foundIn(source, text, `${into} is written by a command`, 'use the kind env-file')
    }),
}
