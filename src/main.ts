// Mounts the face on the real environment. For now it only shows that the build works: the name, painted without anything
// that would have to load first.
import { keepOffline } from './service-worker-client.ts'

const place = document.querySelector('#app')
if (place !== null) place.textContent = 'Telar'

if (import.meta.env.PROD) await keepOffline(() => undefined)
