import type { Page } from './page.ts'

const AMBIGUOUS = 'Readers disagree on which value is meant, so what was approved may not be what runs.'
const HIDDEN = 'A person cannot approve what is not visible.'
const NUMBERS = 'YAML turns text into a number: a mode of 0644 becomes 644, a version 1.10 becomes 1.1.'
const BOUNDS = 'A file that grows without limit when it is read would stop the worker and all of its runs.'

/** The error codes of YAML files. */
export const yamlCodes: readonly Page[] = [
  {
    id: 'file-too-large',
    title: 'A file is larger than 1 MiB',
    why: 'A plan and its files are stored in the history of a run.',
    fix: 'Bring large files to the host in another way.',
  },
  {
    id: 'yaml-syntax',
    title: 'The file is not valid YAML from here on',
    why: 'Its first half would be a different plan.',
    fix: 'Look at this line and the one above: an open quote or bracket, or changed indentation.',
  },
  {
    id: 'yaml-not-utf8',
    title: 'The file is not UTF-8',
    why: 'In another encoding, names and passwords would change.',
    fix: 'Save it as UTF-8.',
  },
  {
    id: 'yaml-version',
    title: 'The file asks for another version of YAML',
    why: 'In YAML 1.1 the word no is false.',
    fix: 'Remove the %YAML line.',
  },
  {
    id: 'yaml-not-a-map',
    title: 'The file is not a map of keys and values',
    why: 'It is empty, a list or a single text.',
    fix: 'Start with plan:, title:, hosts: and phases:.',
  },
  {
    id: 'yaml-tab',
    title: 'A tab is used for indentation',
    why: 'YAML does not allow it, and editors show tabs in different widths.',
    fix: 'Use spaces.',
  },
  {
    id: 'yaml-tag',
    title: 'A value has a tag',
    why: 'Tags make readers build other types than text, lists and maps.',
    fix: 'Remove it.',
  },
  {
    id: 'yaml-many-documents',
    title: 'The file has a second document',
    why: 'Only one of them would be used.',
    fix: 'Use one file for each plan.',
  },
  { id: 'yaml-duplicate-key', title: 'A map has a key twice', why: AMBIGUOUS, fix: 'Remove one.' },
  {
    id: 'yaml-merge-key',
    title: 'A merge key, <<',
    why: AMBIGUOUS,
    fix: 'Write the fields out, or use each.',
  },
  {
    id: 'yaml-forbidden-key',
    title: 'A key is reserved by JavaScript',
    why: 'It would vanish, or change every other map.',
    fix: 'Choose another key.',
  },
  {
    id: 'yaml-key-not-text',
    title: 'A key is not text',
    why: 'Problems are reported by key, and a map or list has no name.',
    fix: 'Use text, in quotes if needed.',
  },
  {
    id: 'yaml-unknown-alias',
    title: 'An alias has no anchor above it',
    why: 'It would be empty.',
    fix: 'Define the anchor above, or write the value out.',
  },
  {
    id: 'yaml-alias',
    title: 'An inventory has an alias',
    why: 'Inventories are short, and without aliases their size is known before they are read.',
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
    fix: 'Look for a bracket that is not closed.',
  },
  {
    id: 'yaml-too-many-values',
    title: 'More than 50,000 values',
    why: BOUNDS,
    fix: 'Split it into several plans.',
  },
  {
    id: 'yaml-control-character',
    title: 'A control character',
    why: HIDDEN,
    fix: 'Remove it; in a script write \\n or \\t.',
  },
  {
    id: 'yaml-hidden-character',
    title: 'A character that hides or reorders text',
    why: HIDDEN,
    fix: 'Remove it; text copied from a page may hold such characters.',
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
    why: 'It would be rounded.',
    fix: 'Put it in quotes.',
  },
  {
    id: 'yaml-number-changes',
    title: 'A number that changes when it is read',
    why: NUMBERS,
    fix: 'Put it in quotes: "1.10".',
  },
  {
    id: 'secret-inline',
    title: 'A value looks like a secret',
    why: 'A plan is read by many people, and is stored in the history of every run.',
    fix: 'Move it to the secrets file and write ${{ secrets.NAME }}.',
  },
  {
    id: 'url-password',
    title: 'An address holds a password',
    why: 'A plan is read by many people, and addresses are shown in every list.',
    fix: 'Move it to the secrets file and pass it by environment.',
  },
]
