// refresh.js: refreshes the views that are computed ahead, beside their readers. refresh.js --last says when that was.
import { openDatabase } from './database.ts'
import { createLog, reasonOf } from './log.ts'
import { readSettings } from './settings.ts'

const database = openDatabase(readSettings(process.env).databaseUrl, createLog({}))
try {
  if (!process.argv.includes('--last')) await database.query('select performance.refresh()')
  const [last] = await database.query<{ at: string; seconds: number }>(
    'select at::text, extract(epoch from now() - at)::int as seconds from performance.refreshed',
  )
  console.log(`the views were refreshed ${last?.seconds} s ago, at ${last?.at}`)
} catch (error) {
  console.log(reasonOf(error))
  process.exitCode = 1
} finally {
  await database.close()
}
