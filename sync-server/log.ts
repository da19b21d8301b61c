// Structured lines for the operator. Takes only the events declared here, whose fields are counts and codes: there is no
// way to hand it an address, an id or the size of an entry. Rule CH-24.

export type LogEvent =
  | { readonly event: 'listening'; readonly port: number }
  | { readonly event: 'stopped' }
  | { readonly event: 'store-failed'; readonly code: string }
  | { readonly event: 'store-recovered' }
  | { readonly event: 'forgotten'; readonly channels: number }
  | { readonly event: 'full' }

export type Log = (event: LogEvent) => void

/** One JSON line per event. */
export const logTo =
  (write: (line: string) => void): Log =>
  (event) =>
    write(`${JSON.stringify(event)}\n`)

export const silent: Log = () => {}
