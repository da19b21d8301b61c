// Which version of the app runs: what this one could not do on a device, another may. Owns the one constant (a test holds it to
// package.json); never said to anybody, and in no rule of what counts.
export const APP_VERSION = '0.1.0'
