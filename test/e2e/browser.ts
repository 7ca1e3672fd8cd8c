import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The machine's own browser, without a window. @throws where there is none */
export async function openBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find(existsSync)
  if (executablePath === undefined) throw new Error('there is no Chromium; scripts/setup test installs it')
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...QUIET] })
}
