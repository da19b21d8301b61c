// What svelte-check, the editor and the build share: TypeScript in components and nothing else out of the ordinary.
// Must never add a preprocessor that would put styles or scripts inline (the page's CSP forbids both).
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte'

export default { preprocess: vitePreprocess() }
