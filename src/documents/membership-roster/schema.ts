// The fields of a membership roster: people by alias, and their organizations. Never a legal name by default, never a
// place finer than a municipality (DOC-1).
import {
  choice,
  choices,
  critical,
  dated,
  flag,
  group,
  id,
  line,
  list,
  number,
  refs,
  text,
  token,
  tokens,
  type Fields,
} from '../field.ts'

export const organizationFields = {
  id,
  name: line,
  kind: choice('organization_kind'),
  network: choice('network_kind'),
  country: token,
  territory: token,
  municipality: token,
  estimatedMembers: number,
  publicVisibility: flag,
  notes: text,
} as const satisfies Fields

export const personFields = {
  id,
  alias: line,
  pronouns: token,
  country: token,
  territory: token,
  municipality: token,
  organizations: refs('organizations'),
  roles: list({ role: choice('role'), ...dated('since'), ...dated('until') }),
  defends: choices('defends'),
  languages: tokens,
  channels: list({
    kind: choice('channel'),
    value: token,
    safeHours: token,
    sharedPhone: flag,
    leaveMessage: flag,
  }),
  skills: tokens,
  accessNeeds: text,
  consent: group({
    scope: critical(choice('consent_scope')),
    method: choice('consent_method'),
    ...dated('givenOn'),
    ...dated('reviewOn'),
    withdrawnOn: { kind: 'date', precision: 'withdrawnOnPrecision', critical: true },
    withdrawnOnPrecision: { kind: 'choice', vocabulary: 'date_precision', precisionOf: 'withdrawnOn' },
    withholdFrom: text,
    reason: text,
  }),
  ...dated('joined'),
  memberStatus: critical(choice('member_status')),
  notes: text,
} as const satisfies Fields

export const rosterFields = {
  people: list(personFields),
  organizations: list(organizationFields),
} as const satisfies Fields
