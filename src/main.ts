// Mounts the face on the real environment: the engine in its worker, the service worker that keeps the app on the device.
// Paints before the engine has loaded; owns no words and no rules.
import { mount } from 'svelte'
import workerUrl from './engine/worker.ts?worker&url'
import { keepOffline } from './service-worker-client.ts'
import { trustedUrl } from './trusted-url.ts'
import Root from './ui/app.svelte'
import { App } from './ui/state/engine.svelte.ts'
import { startWorker } from './ui/state/process.ts'
import './ui/tokens/tokens.css'
import './ui/tokens/components.css'
import './ui/tokens/shell.css'

const target = document.querySelector('#app')
if (target === null) throw new Error('the page has no place for the app')

const app = new App(() => startWorker(trustedUrl(workerUrl)))
mount(Root, { target, props: { app } })
app.start()

if (import.meta.env.PROD) {
  const updates = await keepOffline(() => {
    app.update = () => updates.activate()
  })
}
