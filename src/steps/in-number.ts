/** `1 service`, `3 services`. */
export function inNumber(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
