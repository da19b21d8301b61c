// The fields that every document has, whatever its type. Owns the envelope only; the types add their own (DOC-1).
import {
  choice,
  critical,
  dated,
  fixed,
  flag,
  id,
  line,
  list,
  number,
  text,
  token,
  tokens,
  type Fields,
} from './field.ts'

export const envelope = {
  title: { ...line, required: true },
  type: fixed(token),
  schema: fixed(number),
  status: critical(choice('doc_status')),
  confidentiality: critical(choice('confidentiality')),
  authors: tokens,
  ...dated('nextReview'),
  ...dated('keepUntil'),
  signOff: list({ id, who: token, role: line, ...dated('on'), note: text }),
  attachments: list({ id, name: line, mediaType: token, size: number, content: token, note: text }),
  links: list({ id, document: token, item: token, relation: line, note: text }),
  comments: list({ id, author: token, at: token, field: token, text, resolved: flag }),
  templateId: token,
} as const satisfies Fields
