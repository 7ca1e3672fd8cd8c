import { writeFile } from 'node:fs/promises'
import { bundleWorkflowCode } from '@temporalio/worker'
import { rolldown } from 'rolldown'
import { packageFolder } from './config.ts'

const FAILURE_CONVERTER = packageFolder('dist', 'src', 'workflows', 'failure-converter.js')

// Part of `npm run build`: bundles the workflows once, which would take each worker seconds at its start.
await bundle('workflow-bundle.js', {})
await bundle('workflow-bundle-encrypted.js', { failureConverterPath: FAILURE_CONVERTER })

// A worker loads its own failure converter by `require`, which Node 20.11 cannot do with a module.
const converter = await rolldown({ input: FAILURE_CONVERTER, platform: 'node', external: /^@temporalio/ })
await converter.write({ file: packageFolder('dist', 'failure-converter.cjs'), format: 'cjs' })

async function bundle(file: string, failures: { readonly failureConverterPath?: string }): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: packageFolder('dist', 'src', 'workflows', 'index.js'),
    payloadConverterPath: packageFolder('dist', 'src', 'workflows', 'lenient-converter.js'),
    ...failures,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  })
  await writeFile(packageFolder('dist', file), code)
}
