/** An error that says that the caller does not want to wait any more. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException(`no longer waited for: ${String(signal.reason)}`, 'AbortError')
}
