/** Where the words that people read are pinned for a test file; `npm run golden` rewrites them. */
export function goldenPath(testFile: string, extension: string): string {
  return testFile.replace(/([/\\]test)[/\\]/, '$1/golden/') + extension
}
