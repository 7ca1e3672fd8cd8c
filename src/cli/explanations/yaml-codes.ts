import type { Page } from './page.ts'

const TWICE = 'Of two readings nobody knows which was meant, and what was approved would not be what runs.'
const HIDDEN = 'What cannot be seen cannot be approved.'
const NUMBERS =
  'YAML makes a number of what was meant as text: a mode of 0644 becomes 644, a version 1.10 becomes 1.1.'
const BOUNDS = 'A file that grows without end when it is read would stop the worker and every run on it.'

/** The codes of a file that is not plain YAML. */
export const yamlCodes: readonly Page[] = [
  {
    id: 'file-too-large',
    title: 'A file is larger than 1 MiB',
    why: 'A plan and its files travel in the history of a run.',
    fix: 'Bring large files to the host in another way.',
  },
  {
    id: 'yaml-syntax',
    title: 'The file cannot be read as YAML from here on',
    why: 'A file that is read by halves would be a plan that nobody wrote.',
    fix: 'Look at the line and the one above: a quote or bracket is open, or the indentation changes.',
  },
  {
    id: 'yaml-not-utf8',
    title: 'The file is not UTF-8',
    why: 'Read in another encoding, names and passwords would be others.',
    fix: 'Save it as UTF-8.',
  },
  {
    id: 'yaml-version',
    title: 'The file asks for another version of YAML',
    why: 'In YAML 1.1 the word no is false.',
    fix: 'Leave the %YAML line out.',
  },
  {
    id: 'yaml-not-a-map',
    title: 'The file holds no map of keys and values',
    why: 'It is empty, or a list or a single text.',
    fix: 'Begin with plan:, title:, hosts: and phases:.',
  },
  {
    id: 'yaml-tab',
    title: 'A tab indents',
    why: 'YAML knows no tabs there; editors show them in different widths.',
    fix: 'Use spaces.',
  },
  {
    id: 'yaml-tag',
    title: 'A value has a tag',
    why: 'Tags make readers build something else than text, lists and maps.',
    fix: 'Leave it out.',
  },
  {
    id: 'yaml-many-documents',
    title: 'A second document begins',
    why: 'Only one of them would be carried out.',
    fix: 'One plan, one file.',
  },
  { id: 'yaml-duplicate-key', title: 'A key is there twice in one map', why: TWICE, fix: 'Take one out.' },
  { id: 'yaml-merge-key', title: 'A merge key, <<', why: TWICE, fix: 'Write the fields out, or use each.' },
  {
    id: 'yaml-forbidden-key',
    title: 'A key that JavaScript has a meaning of its own for',
    why: 'It would vanish, or change every other map.',
    fix: 'Choose another name.',
  },
  {
    id: 'yaml-key-not-text',
    title: 'A key is not text',
    why: 'A map or a list as a key has no name to be told by.',
    fix: 'Write a word, in quotes if need be.',
  },
  {
    id: 'yaml-unknown-alias',
    title: 'An alias stands for nothing above it',
    why: 'It would be empty.',
    fix: 'Define the anchor above, or write the value out.',
  },
  {
    id: 'yaml-alias',
    title: 'An alias stands in an inventory',
    why: 'Twenty lines of hosts need none, and without them nothing grows when it is read.',
    fix: 'Write the value out.',
  },
  {
    id: 'yaml-aliases',
    title: 'More than 100 aliases are used',
    why: BOUNDS,
    fix: 'Write the values out, or use each.',
  },
  {
    id: 'yaml-too-deep',
    title: 'Nested deeper than 64 levels',
    why: BOUNDS,
    fix: 'No plan needs that: look for a bracket that is not closed.',
  },
  {
    id: 'yaml-too-many-values',
    title: 'More than 50,000 values',
    why: BOUNDS,
    fix: 'Make several plans of it.',
  },
  {
    id: 'yaml-control-character',
    title: 'A control character',
    why: HIDDEN,
    fix: 'Take it out; in a script write \\n or \\t as the program wants it.',
  },
  {
    id: 'yaml-hidden-character',
    title: 'A character that hides or reorders text',
    why: HIDDEN,
    fix: 'Take it out; they come with text copied from a page.',
  },
  {
    id: 'yaml-octal',
    title: 'A number with a leading zero',
    why: NUMBERS,
    fix: 'Put it in quotes: "0644".',
  },
  {
    id: 'yaml-integer-too-large',
    title: 'A number beyond 2^53',
    why: 'It is rounded when it is read.',
    fix: 'Put it in quotes.',
  },
  {
    id: 'yaml-number-changes',
    title: 'A number that is not written as it is read',
    why: NUMBERS,
    fix: 'Put it in quotes: "1.10".',
  },
  {
    id: 'secret-inline',
    title: 'A value looks like a secret',
    why: 'A plan is read by many, and is kept in the history of every run.',
    fix: 'Put it into the secrets file and write ${{ secrets.NAME }}.',
  },
  {
    id: 'url-password',
    title: 'An address with a password in it',
    why: 'A plan is read by many, and addresses are shown in every list.',
    fix: 'Put it into the secrets file and give it by environment.',
  },
]
