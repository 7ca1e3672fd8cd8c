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
    mend: 'Bring large files to the host in another way.',
  },
  {
    id: 'yaml-syntax',
    title: 'The file cannot be read as YAML from here on',
    why: 'A file that is read by halves would be a plan that nobody wrote.',
    mend: 'Look at the line and the one above: a quote or bracket is open, or the indentation changes.',
  },
  {
    id: 'yaml-not-utf8',
    title: 'The file is not UTF-8',
    why: 'Read in another encoding, names and passwords would be others.',
    mend: 'Save it as UTF-8.',
  },
  {
    id: 'yaml-version',
    title: 'The file asks for another version of YAML',
    why: 'In YAML 1.1 the word no is false.',
    mend: 'Leave the %YAML line out.',
  },
  {
    id: 'yaml-not-a-map',
    title: 'The file holds no map of keys and values',
    why: 'It is empty, or a list or a single text.',
    mend: 'Begin with plan:, title:, hosts: and phases:.',
  },
  {
    id: 'yaml-tab',
    title: 'A tab indents',
    why: 'YAML knows no tabs there; editors show them in different widths.',
    mend: 'Use spaces.',
  },
  {
    id: 'yaml-tag',
    title: 'A value has a tag',
    why: 'Tags make readers build something else than text, lists and maps.',
    mend: 'Leave it out.',
  },
  {
    id: 'yaml-many-documents',
    title: 'A second document begins',
    why: 'Only one of them would be carried out.',
    mend: 'One plan, one file.',
  },
  { id: 'yaml-duplicate-key', title: 'A key is there twice in one map', why: TWICE, mend: 'Take one out.' },
  { id: 'yaml-merge-key', title: 'A merge key, <<', why: TWICE, mend: 'Write the fields out, or use each.' },
  {
    id: 'yaml-forbidden-key',
    title: 'A key that JavaScript has a meaning of its own for',
    why: 'It would vanish, or change every other map.',
    mend: 'Choose another name.',
  },
  {
    id: 'yaml-key-not-text',
    title: 'A key is not text',
    why: 'A map or a list as a key has no name to be told by.',
    mend: 'Write a word, in quotes if need be.',
  },
  {
    id: 'yaml-unknown-alias',
    title: 'An alias stands for nothing above it',
    why: 'It would be empty.',
    mend: 'Define the anchor above, or write the value out.',
  },
  {
    id: 'yaml-alias',
    title: 'An alias stands in an inventory',
    why: 'Twenty lines of hosts need none, and without them nothing grows when it is read.',
    mend: 'Write the value out.',
  },
  {
    id: 'yaml-aliases',
    title: 'More than 100 aliases are used',
    why: BOUNDS,
    mend: 'Write the values out, or use each.',
  },
  {
    id: 'yaml-too-deep',
    title: 'Nested deeper than 64 levels',
    why: BOUNDS,
    mend: 'No plan needs that: look for a bracket that is not closed.',
  },
  {
    id: 'yaml-too-many-values',
    title: 'More than 50,000 values',
    why: BOUNDS,
    mend: 'Make several plans of it.',
  },
  {
    id: 'yaml-control-character',
    title: 'A control character',
    why: HIDDEN,
    mend: 'Take it out; in a script write \\n or \\t as the program wants it.',
  },
  {
    id: 'yaml-hidden-character',
    title: 'A character that hides or reorders text',
    why: HIDDEN,
    mend: 'Take it out; they come with text copied from a page.',
  },
  {
    id: 'yaml-octal',
    title: 'A number with a leading zero',
    why: NUMBERS,
    mend: 'Put it in quotes: "0644".',
  },
  {
    id: 'yaml-integer-too-large',
    title: 'A number beyond 2^53',
    why: 'It is rounded when it is read.',
    mend: 'Put it in quotes.',
  },
  {
    id: 'yaml-number-changes',
    title: 'A number that is not written as it is read',
    why: NUMBERS,
    mend: 'Put it in quotes: "1.10".',
  },
  {
    id: 'secret-inline',
    title: 'A value looks like a secret',
    why: 'A plan is read by many, and is kept in the history of every run.',
    mend: 'Put it into the secrets file and write ${{ secrets.NAME }}.',
  },
  {
    id: 'url-password',
    title: 'An address with a password in it',
    why: 'A plan is read by many, and addresses are shown in every list.',
    mend: 'Put it into the secrets file and give it by environment.',
  },
]
