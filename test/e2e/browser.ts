import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import type { Stage } from '../../testbed/run-stage.ts'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The machine's own browser, without a window; `more` of its options. @throws where there is none */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = PROGRAMS.find(existsSync)
  if (executablePath === undefined) throw new Error('there is no Chromium; scripts/setup test installs it')
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...QUIET, ...more] })
}

/** Somebody who has only the Temporal UI. */
export interface Operator {
  /** Opens a page below the workflows of the namespace. */
  readonly open: (path: string) => Promise<unknown>
  /** Replaces the text of the form's editor. */
  readonly paste: (text: string) => Promise<void>
  /** Starts a run with one JSON argument, by the form. `beforeStart` is called once it is filled in. */
  readonly start: (id: string, argument: object, beforeStart?: () => Promise<unknown>) => Promise<void>
  /** The current details of the workflow that is open, in a frame of their own. */
  readonly details: () => FrameLocator
  /** Opens the form for the signal `decide`, and pastes the JSON that the details show, with a name. */
  readonly answerAs: (name: string) => Promise<void>
}

export function operatorOf(page: Page, stage: Stage): Operator {
  const open = async (path: string) => await page.goto(`${stage.ui}/namespaces/default/workflows${path}`)
  const paste = async (text: string) => {
    await page.locator('.cm-content:visible').last().click()
    await page.keyboard.insertText(text)
  }
  const details = () => page.frameLocator('iframe').last()
  return {
    open,
    paste,
    details,
    start: async (id, argument, beforeStart) => {
      await open(`/start-workflow?workflowId=${id}&taskQueue=${TASK_QUEUE}&workflowType=runPlan`)
      await paste(JSON.stringify(argument, null, 2))
      await beforeStart?.()
      await page.getByRole('button', { name: 'Start Workflow' }).last().click()
    },
    answerAs: async (name) => {
      const shown = await details().locator('pre').first().innerText()
      await page.getByRole('button', { name: 'More Actions' }).click()
      await page.getByRole('menuitem', { name: 'Send a Signal' }).click()
      await page.getByRole('button', { name: 'Select a signal' }).click()
      await page.getByRole('option', { name: 'decide' }).click()
      await paste(shown.replace('YOUR NAME', name))
    },
  }
}
