import type { Connection } from '@temporalio/client'

const KEYWORD = 2
const KEYWORD_LIST = 7

/** The search attributes of runs. The embedded server starts with them. */
export const searchAttributes: Readonly<Record<string, { readonly name: string; readonly code: number }>> = {
  ReinstateState: { name: 'Keyword', code: KEYWORD },
  ReinstateRun: { name: 'Keyword', code: KEYWORD },
  ReinstatePlan: { name: 'Keyword', code: KEYWORD },
  ReinstateHosts: { name: 'KeywordList', code: KEYWORD_LIST },
}

/** Adds the missing search attributes to the namespace and returns their names. Without them every run would hang. */
export async function ensureSearchAttributes({
  connection,
  namespace,
}: {
  readonly connection: Connection
  readonly namespace: string
}): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const missing = Object.keys(searchAttributes).filter(
    (attribute) => !(attribute in (customAttributes ?? {})),
  )
  if (missing.length === 0) return []
  const codes = missing.map((attribute) => [attribute, searchAttributes[attribute]?.code ?? KEYWORD] as const)
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(codes),
  })
  return missing
}
