// An error of the engine in words: what happened, what is safe, what to do. Every code has words of its own.
import type { ApiError } from '../../engine/api.ts'
import type { Unanswered } from '../state/engine.svelte.ts'
import type { ShellTranslate } from '../i18n/shell.ts'

export function errorText(t: ShellTranslate, error: ApiError | Unanswered): string {
  switch (error.type) {
    case 'WeakPassphrase':
      return t(`weak_${error.reason}`)
    case 'WrongRecoveryWords':
      return error.unknownWord === null ? t('error_WrongRecoveryWords') : t('unknownRecoveryWord', error.unknownWord)
    case 'BadInvitation':
      return t(`badInvitation_${error.reason}`)
    case 'BadCode':
      return t(`badCode_${error.reason}`)
    case 'BadFile':
      return t(`badFile_${error.reason}`)
    case 'BadRelayAddress':
      return t('error_BadRelayAddress', error.address)
    case 'BadDocument':
      // Without a type that is known it is no document at all.
      return t('error_BadDocument', error.path[0] === 'type' ? '' : error.path.join(' › '))
    case 'BadEdit':
      return t('error_BadEdit')
    default:
      return t(`error_${error.type}`)
  }
}
