import type { Rule } from './rule.ts'
import { bare } from './command-behind.ts'
import { foundIn, shellOf } from './sources.ts'

export const outsideInventory: Rule = {
  id: 'R023',
  name: 'outside-inventory',
  severity: 'error',
  title: 'A command goes on to another machine by itself',
  why: 'Nobody has pinned the key of that machine, no receipt is kept there, and an address out of a document may belong to somebody else by now.',
  fix: 'Name the machine in the inventory and in hosts, and give the step host.',
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
        ? foundIn(source, text, `${name} reaches a machine that the plan does not name`, 'name it in hosts')
        : []
    }),
}
