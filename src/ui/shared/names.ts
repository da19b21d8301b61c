// What to call a member on the screen, also before her own name has arrived. Owns no names. Whoever only reads writes
// nothing, not even her alias: she has the one the inviter gave her, or none.
import type { MemberView } from '../../engine/api.ts'
import type { ShellTranslate } from '../i18n/shell.ts'

export function nameOf(t: ShellTranslate, member: Pick<MemberView, 'alias' | 'role'>): string {
  return member.alias || t(member.role === 'reader' ? 'noName' : 'namePending')
}
