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

/** Set on a run and on every workflow that belongs to it, so that the open ones can be found. */
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
