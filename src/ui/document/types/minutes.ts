// How many agreements of one meeting fall on each person, the most first. Pure: a count to share the load by, not a ranking.
import { asList, asObject, asStrings } from '../../state/document-path.ts'

export function loadOf(agreements: unknown): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const agreement of asList(agreements))
    for (const who of asStrings(asObject(agreement)['responsible'])) counts.set(who, (counts.get(who) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
