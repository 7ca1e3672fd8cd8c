/** The whole program for one short command, as dist/quick.cjs holds it. */
import './no-made-code.ts'
export { main } from './main.ts'
