// Entry of the page for looking at screens: the app's own face over the engine of cardboard. `?scene=` chooses the data.
import { mount } from 'svelte'
import Root from '../../src/ui/app.svelte'
import { App } from '../../src/ui/state/engine.svelte.ts'
import '../../src/ui/tokens/tokens.css'
import '../../src/ui/tokens/components.css'
import '../../src/ui/tokens/shell.css'
import { fakeEngine, type FakeScene } from './fake-engine.ts'
import { type Other, withLinking } from './fake-linking.ts'

const scene = (new URLSearchParams(location.search).get('scene') ?? 'full') as FakeScene
let started = 0
/** What somebody else does, for whoever looks at the screens. */
let other: Other | null = null
const app = new App(() => {
  started += 1
  const now = Date.now()
  // After a lock the next engine finds what the first one kept: a vault.
  const fake = withLinking(fakeEngine(started === 1 ? scene : 'locked', now), now)
  other = fake.other
  return {
    api: fake.api,
    attachRepo: () => undefined,
    called: () => undefined,
    listener: (run) => run,
    onCrash: () => undefined,
    end: () => undefined,
  }
})
mount(Root, { target: document.body, props: { app } })
app.start()
Object.assign(window, { app, other: () => other })
