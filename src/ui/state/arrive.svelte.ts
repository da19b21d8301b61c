// Within one screen that has several stages: each new one begins at its top, with its heading in focus, as a new screen does.

function arrive(): void {
  scrollTo(0, 0)
  const heading = document.querySelector<HTMLElement>('main h1')
  heading?.setAttribute('tabindex', '-1')
  heading?.focus({ preventScroll: true })
}

/** Called while a component is set up; `stage` is anything that differs from one stage to the next. */
export function arriveAt(stage: () => unknown): void {
  let begun = false
  let before: unknown
  $effect(() => {
    const now = stage()
    const moved = begun && now !== before
    begun = true
    before = now
    if (moved) arrive()
  })
}
