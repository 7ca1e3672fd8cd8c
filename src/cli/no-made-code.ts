import { config } from 'zod'

// To make a function of each schema pays off after some hundred values; a check of one plan is over by then. It is said
// before the first schema is made, so whoever means it imports this file first.
config({ jitless: true })
