import { createInterface } from 'node:readline'
import { openField } from './dist/test/field/field.js'
const f = await openField()
console.log(JSON.stringify({ host: f.testHost.name, folder: f.folder }))
// Each line is JS, evaluated with f.
for await (const line of createInterface({ input: process.stdin })) {
  const t = Date.now()
  try { const r = await (new Function('f', `return (async () => { ${line} })()`))(f); console.log(typeof r === 'string' ? r : JSON.stringify(r, null, 1).replaceAll('\\n', '\n')) } catch (e) { console.log('ERR', e.message) }
  console.log(`--- ${((Date.now() - t) / 1000).toFixed(1)} s`)
}
await f.close()
