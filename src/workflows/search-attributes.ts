import { defineSearchAttributeKey } from '@temporalio/common'
import type { SearchAttributePair } from '@temporalio/common'
import { SEARCH_ATTRIBUTES } from './messages.ts'
import type { RunState } from './status.ts'

const state = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')
const run = defineSearchAttributeKey(SEARCH_ATTRIBUTES.run, 'KEYWORD')
const plan = defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, 'KEYWORD')
const hosts = defineSearchAttributeKey(SEARCH_ATTRIBUTES.hosts, 'KEYWORD_LIST')

export function stateAttribute(value: RunState): SearchAttributePair[] {
  return [{ key: state, value }]
}

/** On a run and on all that belongs to it: what is open of a run is found by it. */
export function runAttribute(value: string): SearchAttributePair[] {
  return [{ key: run, value }]
}

export function planAttributes(of: {
  plan: string
  hosts: readonly string[]
  run: string
}): SearchAttributePair[] {
  return [
    { key: run, value: of.run },
    { key: plan, value: of.plan },
    { key: hosts, value: [...of.hosts] },
  ]
}
