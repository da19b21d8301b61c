// All that the other layers may import of `identity/`: who a device is, what opens it, and how one is invited.
export * from './device.ts'
export * from './invitation.ts'
export * from './linking.ts'
export * from './passphrase.ts'
export * from './recovery.ts'
export * from './relay-link.ts'
export * from './sealed-values.ts'
export * from './vault.ts'
export {
  parseRecoveryWords,
  recoveryWords,
  safetyWords,
  wordList,
  type WordLanguage,
  type WordsError,
} from './words.ts'
