// Comparing dates of different precision: a month is past only when all of it is. Pure; today is always a parameter.
import { isDate } from './check.ts'

/** Whether the whole day, month or year is before `today` ('YYYY-MM-DD'). What is not a date is never past. */
export const isPast = (date: string, today: string): boolean => isDate(date) && date < today.slice(0, date.length)

/** Whether it has begun: the day itself counts. */
export const hasCome = (date: string, today: string): boolean => isDate(date) && date <= today.slice(0, date.length)
