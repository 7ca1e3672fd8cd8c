import { writeFile } from 'node:fs/promises'
import { bundleWorkflowCode } from '@temporalio/worker'
import { packageFolder } from './config.ts'

// Part of `npm run build`: bundles the workflows once, which would take each worker seconds at its start.
const { code } = await bundleWorkflowCode({
  workflowsPath: packageFolder('dist', 'src', 'workflows', 'index.js'),
  payloadConverterPath: packageFolder('dist', 'src', 'workflows', 'lenient-converter.js'),
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
})
await writeFile(packageFolder('dist', 'workflow-bundle.js'), code)
