import { newsBetween } from './rendering/live-log.ts'
import { liveLines } from './rendering/live-view.ts'
import { redraw } from './redraw.ts'
import type { Story } from './story.ts'

/** How a run is shown while it goes on. */
export interface View {
  readonly show: (story: Story) => void
  /** Something else is printed or asked now. */
  readonly pause: () => void
}

/** A line to each thing that happens: for logs, pipes and CI. */
export function lineView(print: (lines: readonly string[]) => void): View {
  let before: Story | undefined
  return {
    show: (story) => {
      print(newsBetween(before, story, new Date()))
      before = story
    },
    pause: () => undefined,
  }
}

/** The run as it stands, redrawn in place. */
export function redrawView(terminal: NodeJS.WriteStream, options: { readonly colours: boolean }): View {
  const picture = redraw(terminal, options)
  return { show: (story) => picture.draw(liveLines(story, new Date())), pause: picture.keep }
}

/** Nothing: the result says it all. */
export const noView: View = { show: () => undefined, pause: () => undefined }
