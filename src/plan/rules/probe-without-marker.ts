import type { Rule } from './rule.ts'

export const probeWithoutMarker: Rule = {
  id: 'R028',
  name: 'probe-without-marker',
  severity: 'warning',
  title: 'A probe after a gate that any stack passes',
  why: 'After the switch a name may still lead to the old proxy, which answers 200 as well. Only something of this run in the answer tells them apart.',
  fix: 'Add marker, header, bodyContains or bodySha256.',
  example: {
    wrong: `- { step: live, kind: http-probe, url: "https://shop.example.org/", within: 1 minute }`,
    right: `- { step: live, kind: http-probe, url: "https://shop.example.org/", within: 1 minute, bodyContains: "summer 2026" }`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      if (!step.traits.probesUrl || !step.gated) return []
      if (
        ['marker', 'header', 'bodyContains', 'bodyEquals', 'bodySha256'].some(
          (field) => step.values[field] !== undefined,
        )
      )
        return []
      return {
        at: step,
        message: `${step.id} passes for the old stack too`,
        hint: 'add marker, header or bodyContains',
      }
    }),
}
