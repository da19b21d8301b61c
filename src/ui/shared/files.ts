// Opening and saving files through the browser's own dialogs. What is opened is hostile text: only its size is checked here.
import { err, ok, type Result } from '../../base/result.ts'

/** The largest file read, in bytes: a whole document as JSON with room to spare. */
export const LARGEST_FILE = 5 * 1024 * 1024

/** Offers `text` as a file named `name`. The object URL is let go once the browser has taken it. */
export function saveText(name: string, text: string, type = 'text/plain'): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }))
}

function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export type FileError = { readonly type: 'TooLarge' | 'Unreadable' }

/** Lets her choose one file and reads it as text; null when she chose none. */
export function openText(accept: string): Promise<Result<string, FileError> | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = accept
    input.addEventListener('cancel', () => resolve(null))
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      if (file === undefined) resolve(null)
      else if (file.size > LARGEST_FILE) resolve(err({ type: 'TooLarge' }))
      else
        file.text().then(
          (text) => resolve(ok(text)),
          () => resolve(err({ type: 'Unreadable' })),
        )
    })
    input.click()
  })
}

/** A title as a file name every system takes. */
export function fileName(title: string, ending: string): string {
  const plain = title.normalize('NFC').replace(/[^\p{L}\p{N} ._-]/gu, ' ')
  return `${plain.replace(/\s+/g, ' ').trim().slice(0, 80) || 'documento'}${ending}`
}

/** The largest file of entries read, in bytes: it is in memory whole while it is opened. */
export const LARGEST_BUNDLE = 256 * 1024 * 1024

/** Offers `bytes` as a file named `name`. */
export function saveBytes(name: string, bytes: Uint8Array): void {
  saveBlob(name, new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' }))
}

/** Lets her choose one file, whatever it is; null when she chose none. */
export function chooseFile(): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.addEventListener('cancel', () => resolve(null))
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
    input.click()
  })
}

export async function readBytes(file: Blob, largest = LARGEST_BUNDLE): Promise<Result<Uint8Array, FileError>> {
  if (file.size > largest) return err({ type: 'TooLarge' })
  try {
    return ok(new Uint8Array(await file.arrayBuffer()))
  } catch {
    return err({ type: 'Unreadable' })
  }
}
