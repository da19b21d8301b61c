// Results of things that can be expected to fail. Owns the Result type and nothing else; errors are tagged plain
// objects declared beside the function that returns them. Throwing stays for broken invariants of our own code.

export type Ok<T> = { readonly ok: true; readonly value: T }
export type Err<E> = { readonly ok: false; readonly error: E }
export type Result<T, E> = Ok<T> | Err<E>

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })
export const err = <E>(error: E): Err<E> => ({ ok: false, error })

/** The value, or a throw: for tests and for results that cannot fail by construction. */
export function unwrap<T, E>(result: Result<T, E>): T {
  if (result.ok) return result.value
  throw new Error(`unwrap of an error: ${JSON.stringify(result.error)}`)
}
