// Shift three times: the way out with a keyboard. Owns the counting only; typing capitals must never set it off.

/** A key listener that runs `run` at the third Shift in a row, each alone and within a second of the one before. */
export function shiftThrice(run: () => void): (event: Pick<KeyboardEvent, 'key' | 'repeat' | 'timeStamp'>) => void {
  let count = 0
  let last = -Infinity
  return (event) => {
    if (event.repeat) return
    if (event.key !== 'Shift') {
      count = 0
      return
    }
    count = event.timeStamp - last < 1_000 ? count + 1 : 1
    last = event.timeStamp
    if (count >= 3) run()
  }
}
