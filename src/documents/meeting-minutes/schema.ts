// The fields of meeting minutes. Who was there is aliases or only a count; who said what has no field of its own
// (DOC-1): the discussion of an item is one shared text.
import {
  choice,
  critical,
  dated,
  flag,
  group,
  id,
  line,
  list,
  number,
  text,
  time,
  token,
  tokens,
  type Fields,
} from '../field.ts'

export const agreementFields = {
  id,
  n: token,
  text,
  responsible: tokens,
  ...dated('due'),
  method: choice('decision_method'),
  status: critical(choice('agreement_status')),
} as const satisfies Fields

export const minutesFields = {
  kind: choice('meeting_kind'),
  number: token,
  body: token,
  ...dated('date'),
  start: time,
  end: time,
  mode: choice('meeting_mode'),
  placeNote: line,
  objective: text,
  facilitator: token,
  noteTaker: token,
  present: tokens,
  presentCount: number,
  absent: list({ alias: token, reason: line }),
  absentCount: number,
  guests: tokens,
  guestsCount: number,
  quorum: flag,
  previousFollowUp: list({ id, n: token, text, status: critical(choice('agreement_status')), note: text }),
  agenda: list({ id, n: number, title: line, minutes: number, lead: token, discussion: text }),
  agreements: list(agreementFields),
  nextMeeting: group({ ...dated('date'), note: line }),
  ...dated('approvedOn'),
} as const satisfies Fields
