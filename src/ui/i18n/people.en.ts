// English words about people, devices, decisions and what went wrong.
import type { Words } from './core.ts'
import type { peopleEs } from './people.es.ts'

export const peopleEn: Words<typeof peopleEs> = {
  // Errors
  'badInvitation_other-kind':
    'That link is for something else. Ask whoever gave it whether it is for joining, for another device or for coming back.',
  error_UnknownDevice: 'That device is no longer in the space.',
  error_UnknownOperation: 'That has been decided already, or has not arrived here yet.',
  'badCode_not-a-code': 'That is not a Telar code. Scan or copy the whole code.',
  'badCode_not-for-here':
    'That code is for another device, or nobody waits for it any more. Ask for a new one to be shown.',
  badCode_damaged: 'Part of the code is missing. Scan or copy it again, all of it.',
  error_WrongKit: 'Those words are of a kit, but not of hers. Check that the paper is the one of this person.',
  'badFile_not-a-file': 'That file is not one that brings keys. Nothing changed.',
  'badFile_not-for-here': 'That file is for another device. Nothing changed.',
  badFile_damaged: 'The file is incomplete or damaged. Ask for it again; nothing changed here.',
  error_NoKeysYet: 'The keys are on their way. What was written is kept here; try again in a while.',
}
